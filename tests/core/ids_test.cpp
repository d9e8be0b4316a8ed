// Ids that sort by time, and base 64 by the vectors of RFC 4648.
#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/base64.hpp"

namespace garner {
namespace {

TEST(Ids, SortByTimeWhateverChanceSays) {
    std::string before;
    for (const std::int64_t ms :
         {0LL, 1LL, 31LL, 32LL, 1'772'331'300'000LL, 1'772'331'300'001LL, 4'102'444'800'000LL, 253'402'300'799'999LL})
        for (const std::uint64_t chance : {~0ULL}) {
            const std::string lowest = make_id(from_unix_ms(ms), 0);
            EXPECT_LT(before, lowest) << ms;
            before = make_id(from_unix_ms(ms), chance);
            EXPECT_LT(lowest, before);
        }
}

TEST(Ids, AreSixteenCharactersThatCannotBeMisread) {
    std::set<std::string> ids;
    for (std::uint64_t chance = 0; chance < 4096; ++chance) {
        const std::string id = make_id(from_unix_ms(1'772'331'300'000), chance * 0x9E3779B97F4A7C15ULL);
        EXPECT_EQ(id.size(), 16U);
        EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos) << id;
        ids.insert(id);
    }
    EXPECT_GT(ids.size(), 4080U) << "of one millisecond";
    EXPECT_EQ(make_id(from_unix_ms(-5), 0), "0000000000000000") << "a clock before 1970 does no harm";
}

TEST(Base64, IsThatOfTheRfc) {
    EXPECT_EQ(base64_encode(""), "");
    EXPECT_EQ(base64_encode("f"), "Zg==");
    EXPECT_EQ(base64_encode("fo"), "Zm8=");
    EXPECT_EQ(base64_encode("foo"), "Zm9v");
    EXPECT_EQ(base64_encode("foob"), "Zm9vYg==");
    EXPECT_EQ(base64_encode("fooba"), "Zm9vYmE=");
    EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64_encode(std::string("\0\xFF\xFE", 3)), "AP/+");
}

}  // namespace
}  // namespace garner
