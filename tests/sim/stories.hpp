// What the stories about vendors have in common. Files of the tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "ledger/reader.hpp"
#include "sim/world.hpp"

namespace garner::sim {

using sandbox::FaultRule;
using Effect = FaultRule::Effect;
using Door = sandbox::VendorModel::Door;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

inline WorldOptions one_tenant() {
    WorldOptions options;
    options.tulip = false;
    options.servitly = true;
    options.tenants = 1;
    return options;
}

inline WorldOptions one_appliance() {
    WorldOptions options;
    options.tulip = false;
    options.appgate = true;
    options.appliances = 1;
    return options;
}

inline FaultRule fault(Effect effect, std::string method, std::string path, std::optional<std::uint64_t> times = 1) {
    FaultRule rule;
    rule.effect = effect;
    rule.method = std::move(method);
    rule.path = std::move(path);
    rule.times = times;
    return rule;
}

/// Oldest first.
inline std::vector<RunRecord> runs_of(const World& world, const std::string& job = {}) {
    RunFilter filter;
    filter.job = job;
    auto runs = LedgerReader(world.ledger()).runs(filter).value();
    std::reverse(runs.begin(), runs.end());
    return runs;
}

inline std::vector<RunRecord> runs_in(const World& world, RunState state) {
    auto runs = runs_of(world);
    std::erase_if(runs, [&](const RunRecord& run) { return run.state != state; });
    return runs;
}

inline RunRecord first_run(const World& world) {
    const auto runs = runs_of(world);
    return runs.empty() ? RunRecord{} : runs.front();
}

inline std::vector<ArtifactRecord> artifacts_of(const World& world) {
    return LedgerReader(world.ledger()).artifacts({}).value();
}

inline std::vector<LeftoverRecord> leftovers_of(const World& world) {
    return LedgerReader(world.ledger()).leftovers("").value();
}

/// How often the model was asked for that.
inline std::uint64_t requests(const sandbox::VendorModel& model, std::string_view what) {
    return boost::json::parse(model.record_json()).at("requests").at(what).to_number<std::uint64_t>();
}

inline JobSettings& another_job(World& world, const std::string& like, const std::string& name,
                                const std::string& schedule) {
    JobSettings& job = world.settings().jobs[name] = world.settings().jobs.at(like);
    job.name = name;
    job.schedule = Schedule({CronExpression::parse(schedule).value()});
    return job;
}

}  // namespace garner::sim
