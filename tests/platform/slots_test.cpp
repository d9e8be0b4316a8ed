// Who gets the next turn.
#include "platform/slots.hpp"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

namespace garner {
namespace {

// Those who want a turn, in order; each keeps it until it is told to end.
struct Queue {
    asio::io_context loop;
    Slots slots{loop.get_executor(), 1};
    std::vector<std::string> served;
    std::vector<Slots::Turn> turns;

    static Task<> take(Queue& queue, std::string name, std::string group) {
        auto turn = co_await queue.slots.acquire(group);
        queue.served.push_back(name);
        queue.turns.push_back(std::move(turn));
    }
    void wants(const std::string& name, const std::string& group) {
        asio::co_spawn(loop, take(*this, name, group), asio::detached);
        settle();
    }
    void settle() {
        loop.restart();
        loop.poll();
    }
    void serve_all() {
        while (!turns.empty()) {
            turns.erase(turns.begin());
            settle();
        }
    }
};

TEST(Slots, jobs_take_turns_and_inside_a_job_it_is_first_come_first_served) {
    Queue queue;
    for (const char* name : {"a1", "a2", "a3", "a4"}) queue.wants(name, "a");
    for (const char* name : {"b1", "b2"}) queue.wants(name, "b");
    queue.wants("c1", "c");
    EXPECT_EQ(queue.slots.waiting(), 6U);
    queue.serve_all();
    EXPECT_EQ(queue.served, (std::vector<std::string>{"a1", "a2", "b1", "c1", "a3", "b2", "a4"}));
    EXPECT_EQ(queue.slots.in_use(), 0U);
}

TEST(Slots, a_stuck_one_holds_only_its_own_turn) {
    Queue queue;
    queue.slots.set_capacity(2);
    for (const char* name : {"stuck", "a", "b", "c"}) queue.wants(name, "job");
    while (queue.turns.size() > 1) {
        queue.turns.erase(queue.turns.begin() + 1);
        queue.settle();
    }
    EXPECT_EQ(queue.served, (std::vector<std::string>{"stuck", "a", "b", "c"}));
    EXPECT_EQ(queue.slots.in_use(), 1U);
}

TEST(Slots, whoever_is_cancelled_leaves_the_queue) {
    Queue queue;
    queue.wants("a", "job");
    asio::cancellation_signal cancel;
    asio::co_spawn(queue.loop, Queue::take(queue, "b", "job"),
                   asio::bind_cancellation_slot(cancel.slot(), asio::detached));
    queue.settle();
    queue.wants("c", "job");
    cancel.emit(asio::cancellation_type::terminal);
    queue.settle();
    EXPECT_EQ(queue.slots.waiting(), 1U);
    queue.serve_all();
    EXPECT_EQ(queue.served, (std::vector<std::string>{"a", "c"}));
}

}  // namespace
}  // namespace garner
