// The device id of a host: it must be the same for every process on it, whatever was made before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "platform/real/host.hpp"

namespace garner {
namespace {

TEST(device_id_of_the_host, is_a_uuid_and_the_same_each_time) {
    const std::string id = device_id_of_host();
    EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_EQ(device_id_of_host(), id);
}

}  // namespace
}  // namespace garner
