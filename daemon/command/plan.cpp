// `garner plan`: every run of a span, by the code that starts them, and how it will go. Exit 1 when one of them will
// not make its deadline, so that a script needs no JSON.
#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ostream>

#include "command/commands.hpp"
#include "command/plan_runs.hpp"
#include "command/plan_span.hpp"
#include "command/plan_table.hpp"
#include "command/plan_words.hpp"
#include "command/reading.hpp"

namespace garner {
namespace {

// One run at a time: a plan may be long.
void print_json(std::ostream& out, const Plan& plan) {
    const char* before = "[";
    for (const std::size_t number : plan.shown) {
        out << before << boost::json::serialize(planned_run_json(plan, plan.runs[number]));
        before = ",\n";
    }
    out << (plan.shown.empty() ? "[]\n" : "]\n");
}

Result<void> check_filter(const Settings& settings, const PlanOptions& options, const Plan* plan) {
    if (!options.job.empty() && !settings.jobs.contains(options.job))
        return Failure(FailureKind::rejected, "there is no job '" + options.job + "' in the configuration" +
                                                  suggestion(options.job, names_of(settings.jobs)));
    if (plan == nullptr || options.target.empty() || !plan->shown.empty()) return {};
    std::vector<std::string> names;
    for (const PlanLane& lane : plan->lanes) {
        if (lane.target.id == options.target || lane.target.name == options.target ||
            "id:" + lane.target.id == options.target)
            return {};
        if (options.job.empty() || options.job == lane.job->name) names.push_back(lane.target.name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return Failure(FailureKind::rejected,
                   "no job takes a target '" + options.target + "'" + suggestion(options.target, names));
}

}  // namespace

CommandExit plan(const Invocation& call, const PlanOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    const auto span = parse_span(options.from, options.until, options.length, settings->zone, call.now);
    if (!span) return fail(call, span.error().what, CommandExit::usage);
    if (const auto known = check_filter(*settings, options, nullptr); !known)
        return fail(call, known.error().what, CommandExit::usage);
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const PlanFilter filter{options.job, options.target};
    const auto plan = make_plan(*settings, *database, *span, filter, call.now);
    if (!plan) {
        const bool too_much = plan.error().kind == FailureKind::rejected;
        return fail(call, plan.error().what, too_much ? CommandExit::usage : CommandExit::bad_news);
    }
    if (const auto known = check_filter(*settings, options, &*plan); !known)
        return fail(call, known.error().what, CommandExit::usage);
    const bool late = std::any_of(plan->shown.begin(), plan->shown.end(),
                                  [&](std::size_t number) { return misses_deadline(plan->runs[number]); });
    const CommandExit how = late ? CommandExit::bad_news : CommandExit::fine;
    if (call.json) {
        print_json(call.out, *plan);
        return how;
    }
    if (plan->shown.empty()) {
        call.err << "garner: nothing is planned from " << settings->zone.format(span->from) << " to "
                 << settings->zone.format(span->until) << '\n';
        return how;
    }
    print_timetable(call.out, *plan, settings->zone, options.each || !options.target.empty(), call.colour);
    call.out << '\n' << summarize(*plan) << '\n';
    return how;
}

}  // namespace garner
