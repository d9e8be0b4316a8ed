// The answers that the vendor's own client is tested with (fixtures/README.md) mean here what they mean there.
#include <fstream>
#include <iterator>

#include "appgate_bench.hpp"

namespace garner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AppgateFixtures : public AppgateBench {
protected:
    void SetUp() override { log_in(); }

    static HttpReply fixture(const std::string& name) {
        std::ifstream file(std::string(GARNER_SOURCE_DIR) + "/tests/connectors/fixtures/" + name + ".json");
        std::string text{std::istreambuf_iterator<char>(file), {}};
        EXPECT_FALSE(text.empty()) << name;
        return reply(200, std::move(text));
    }

    std::vector<std::string> listed(const std::string& name) {
        script({fixture(name)});
        const auto targets = list();
        if (!targets) return {targets.error().what};
        std::vector<std::string> lines;
        for (const Target& target : *targets) {
            std::string line = target.name.substr(0, 17) + " " + target.id.substr(0, 8);
            for (const std::string& function : target.traits.functions) line += " " + function;
            lines.push_back(line + (target.traits.stateless ? ", stateless" : ""));
        }
        return lines;
    }

    std::string started(const std::string& status, const std::string& id) {
        bench_.clock.pass(Duration(60'000));
        primary_.id = id;
        script({fixture(status), fixture("appliance_backup_initiated")});
        const auto job = start();
        return job ? *job : std::string(to_string(job.error().kind));
    }
};

TEST_F(AppgateFixtures, ListsOfAppliances) {
    EXPECT_THAT(listed("appliance_list"),
                ElementsAre("controller-4c07bc 4c07bc67 controller", "gateway-da0375f6- ee639d70 gateway, stateless"));
    EXPECT_THAT(listed("appliance_list_similar"),
                ElementsAre("primary 4c07bc67 controller", "controller-site1 d33838f8 controller",
                            "controller-site1  5975becb controller", "gateway-da0375f6- ee639d70 gateway, stateless"));
    EXPECT_THAT(listed("ha_appliance_list"),
                ElementsAre("controller-da0375 4c07bc67 controller", "controller2-ed95f ed95fac8 controller",
                            "controller3-21ac2 21ac20ec controller", "controller4-9c557 9c557978 controller",
                            "gateway-da0375f6- ee639d70 gateway, stateless"));
    EXPECT_THAT(listed("two_controller_one_offline"),
                ElementsAre("controller-da0375 4c07bc67 controller", "secondcontroller 703a59e7 controller"));
}

TEST_F(AppgateFixtures, WhichAppliancesAreOnline) {
    const std::string first = "4c07bc67-57ea-42dd-b702-c2d6c45419fc";
    const std::string job = "fd5ea380-496b-41eb-8bc8-2c84eb36b605";
    for (const char* status : {"stats_appliance", "stats_appliance_6.5.0", "ha_stats_appliance_one_offline",
                               "appliance_stats_offline_controller"})
        EXPECT_EQ(started(status, first), job) << status;
    EXPECT_EQ(started("stats_appliance", "ee639d70-e075-4f01-596b-930d5f24f569"), job);
    http_.script.clear();
    EXPECT_EQ(started("ha_stats_appliance_one_offline", "9c557978-1dcd-4b42-ad56-afb6abf1490c"), "gone");
    EXPECT_EQ(started("appliance_stats_offline_controller", "703a59e7-9c22-4e46-ab7f-c39ea0dea15f"), "gone");
}

TEST_F(AppgateFixtures, HowABackupEnds) {
    script({fixture("appliance_backup_status_done"), fixture("appliance_backup_status_failed")});
    const auto done = poll();
    ASSERT_TRUE(done);
    EXPECT_TRUE(std::holds_alternative<Ready>(*done));
    const auto failed = poll();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, FailureKind::gone);
    EXPECT_THAT(failed.error().what, HasSubstr("something went wrong"));
}

TEST_F(AppgateFixtures, WhetherTheBackupApiIsEnabled) {
    script({fixture("appliance_global_options"), fixture("appliance_global_options_backup_disabled")});
    EXPECT_TRUE(check_access());
    const auto disabled = check_access();
    ASSERT_FALSE(disabled);
    EXPECT_EQ(disabled.error().kind, FailureKind::rejected);
}

}  // namespace
}  // namespace garner
