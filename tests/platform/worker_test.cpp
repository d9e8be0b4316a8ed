// The real worker: in order, off the loop, and never forgotten.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <vector>

#include "platform/real/real_worker.hpp"

namespace garner {
namespace {

TEST(RealWorker, works_in_order_off_the_loop_and_reports_on_it) {
    boost::asio::io_context loop;
    RealWorker worker(loop.get_executor());
    std::vector<int> worked;
    std::vector<int> reported;
    const auto here = std::this_thread::get_id();
    for (int i = 0; i < 100; ++i)
        worker.submit(
            [&, i] {
                EXPECT_NE(std::this_thread::get_id(), here);
                worked.push_back(i);
            },
            [&, i] {
                EXPECT_EQ(std::this_thread::get_id(), here);
                reported.push_back(i);
            });
    loop.run();  // ends only when nothing is outstanding
    EXPECT_EQ(worked.size(), 100U);
    EXPECT_EQ(worked, reported);
    EXPECT_TRUE(std::is_sorted(worked.begin(), worked.end()));
}

TEST(RealWorker, does_all_that_was_submitted_before_it_ends) {
    boost::asio::io_context loop;
    std::atomic<int> worked = 0;
    int reported = 0;
    {
        RealWorker worker(loop.get_executor());
        for (int i = 0; i < 50; ++i) worker.submit([&] { ++worked; }, [&] { ++reported; });
    }
    EXPECT_EQ(worked, 50);
    EXPECT_EQ(reported, 0) << "nobody ran the loop yet";
    loop.run();
    EXPECT_EQ(reported, 50);
}

}  // namespace
}  // namespace garner
