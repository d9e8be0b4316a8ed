// `garner simulate-retention`: the catalogue as it is, carried forward by the schedules and the configuration's rules.
// How many artifacts and bytes each job will have at the end of each month, if all goes well.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <ostream>
#include <set>

#include "command/commands.hpp"
#include "command/plan_span.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/report_json.hpp"
#include "core/retention_forecast.hpp"
#include "core/selection.hpp"
#include "core/text.hpp"
#include "ledger/piles.hpp"

namespace garner {
namespace {

namespace json = boost::json;

using Months = std::map<absl::CivilMonth, RetentionMonth>;

void add(Months& months, const RetentionMonth& one) {
    RetentionMonth& month = months[one.month];
    month.month = one.month;
    month.kept += one.kept;
    month.kept_bytes += one.kept_bytes;
    month.in_trash += one.in_trash;
    month.trash_bytes += one.trash_bytes;
    if (one.oldest && (!month.oldest || *one.oldest < *month.oldest)) month.oldest = one.oldest;
}

// A target that the job no longer takes brings nothing more, and loses nothing.
JobSettings without_schedule(const JobSettings& job) {
    JobSettings still = job;
    still.schedule = Schedule();
    return still;
}

Result<Months> simulate(const LedgerReader& reader, const JobSettings& job, const std::vector<RetentionPile>& piles,
                        const PlanSpan& span) {
    const auto listed = reader.targets(job.source);
    if (!listed) return listed.error();
    std::set<std::string> fresh;  // targets without an artifact yet
    for (const Target& target : select_targets(job.targets, *listed).targets) fresh.insert(target.id);
    Months months;
    const auto carry = [&](std::span<const RetainedArtifact> artifacts, const RetentionRule& rule,
                           const JobSettings& settings) {
        for (const RetentionMonth& month : simulate_retention(artifacts, rule, settings, span.from, span.until).months)
            add(months, month);
    };
    const JobSettings still = without_schedule(job);
    for (const RetentionPile& pile : piles) {
        if (pile.key.job != job.name) continue;
        const bool goes_on = pile.taken && pile.key.store == job.store;
        if (goes_on) fresh.erase(pile.key.target_id);
        carry(pile.artifacts, pile.taken ? job.retention : RetentionRule(), goes_on ? job : still);
    }
    for ([[maybe_unused]] const std::string& target : fresh) carry({}, job.retention, job);
    return months;
}

std::string name_of(absl::CivilMonth month) { return absl::FormatCivilTime(month); }

json::object month_json(const std::string& job, const RetentionMonth& month) {
    json::object object;
    object["job"] = job;
    object["month"] = name_of(month.month);
    object["artifacts"] = month.kept;
    object["bytes"] = month.kept_bytes;
    object["trash_artifacts"] = month.in_trash;
    object["trash_bytes"] = month.trash_bytes;
    object["oldest"] = json_time(month.oldest);
    return object;
}

}  // namespace

CommandExit forecast_retention(const Invocation& call, const SimulateOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    if (!options.job.empty() && !settings->jobs.contains(options.job))
        return fail(
            call,
            "there is no job '" + printable(options.job, 80) + "'" + suggestion(options.job, names_of(settings->jobs)),
            CommandExit::usage);
    const auto span = parse_span("", "", options.length.empty() ? "1y" : options.length, settings->zone, call.now);
    if (!span) return fail(call, span.error().what, CommandExit::usage);
    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto outlook = read_retention(reader, *settings);
    if (!outlook) return fail(call, outlook.error().what, CommandExit::bad_news);
    json::array list;
    Table table({"JOB", "MONTH", "ARTIFACTS", "SIZE", "IN TRASH", "TRASH SIZE", "OLDEST"});
    for (const auto& [name, job] : settings->jobs) {
        if (!options.job.empty() && name != options.job) continue;
        const auto months = simulate(reader, job, outlook->piles, *span);
        if (!months) return fail(call, months.error().what, CommandExit::bad_news);
        for (const auto& [_, month] : *months) {
            list.push_back(month_json(name, month));
            table.add({name, name_of(month.month), std::to_string(month.kept), format_size(month.kept_bytes),
                       std::to_string(month.in_trash), format_size(month.trash_bytes),
                       local_time(*settings, name, month.oldest)});
        }
    }
    if (call.json) {
        print_json(call, list);
        return CommandExit::fine;
    }
    if (table.empty()) call.err << "garner: no job has a target yet\n";
    if (!table.empty()) table.print(call.out, call.colour);
    return CommandExit::fine;
}

}  // namespace garner
