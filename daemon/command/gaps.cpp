// `garner gaps`: which spans of time are archived and which are not. Exit 1 when one is late or lost. Closing a span,
// so that nothing is owed of it, is garnerd's business, asked over its socket.
#include <boost/json/object.hpp>
#include <ostream>

#include "command/commands.hpp"
#include "command/control_client.hpp"
#include "command/reading.hpp"
#include "command/table.hpp"
#include "core/text.hpp"
#include "ledger/coverage_report.hpp"

namespace garner {
namespace {

namespace json = boost::json;

Cell state_cell(const Span& span) {
    const std::string text(to_string(span.state));
    if (span.late) return Cell(text, Tint::bad);
    if (span.state == SpanState::archived) return Cell(text, Tint::good);
    return Cell(text, is_settled(span) ? Tint::dim : Tint::none);
}

std::string words_about(const Span& span) {
    switch (span.state) {
        case SpanState::lost:
            return "the vendor has nothing of it any more (available_for)";
        case SpanState::suspect:
            return "what came is suspect; garner artifacts --verdict suspect";
        case SpanState::filling:
            return "a run fetches it";
        case SpanState::gap:
            return span.late ? "the schedule had its turn and it did not come" : "the next due time fetches it";
        case SpanState::open:
            return "not over yet";
        default:
            return span.note.empty() ? "-" : span.note;
    }
}

std::string name_of(const Target& target) { return target.name.empty() ? target.id : target.name; }

void print_gaps(const Invocation& call, const Settings& settings, const std::vector<TargetCoverage>& coverage,
                bool all) {
    Table table({"JOB", "TARGET", "FROM", "UNTIL", "STATE", "NOTES"});
    for (const TargetCoverage& one : coverage)
        for (const Span& span : one.spans)
            if (all || !is_settled(span))
                table.add({one.job, one.label, local_time(settings, one.job, span.window.start),
                           local_time(settings, one.job, span.window.end), state_cell(span), words_about(span)});
    if (!table.empty())
        table.print(call.out, call.colour);
    else if (coverage.empty())
        call.err << "garner: no job with windows has such a target\n";
    else
        call.err << "garner: nothing is missing\n";
}

// JOB TARGET START END, for garnerd.
CommandExit change(const Invocation& call, const Settings& settings, const GapsOptions& options) {
    const bool closes = !options.close.empty();
    const std::vector<std::string>& words = closes ? options.close : options.reopen;
    const auto job = settings.jobs.find(words[0]);
    if (job == settings.jobs.end())
        return fail(call,
                    "there is no job '" + printable(words[0], 80) + "'" + suggestion(words[0], names_of(settings.jobs)),
                    CommandExit::usage);
    json::object request;
    request["command"] = closes ? "close_span" : "reopen_spans";
    request["job"] = words[0];
    request["target"] = words[1];
    request["reason"] = options.reason;
    for (const auto& [key, word] : {std::pair("from", words[2]), std::pair("until", words[3])}) {
        const auto at = parse_moment(word, job->second.zone, call.now);
        if (!at) return fail(call, at.error().what, CommandExit::usage);
        request[key] = format_rfc3339(*at);
    }
    json::object done;
    const ControlAnswer answer = ask_daemon(settings, request, [&](const json::object& line) {
        if (const json::value* found = line.if_contains("spans"); found != nullptr && found->is_object())
            done = found->get_object();
    });
    if (!answer.error.empty()) return fail(call, answer.error, answer.exit);
    if (call.json)
        print_json(call, done);
    else
        call.out << words[0] << ", " << printable(words[1], 200)
                 << (closes ? ": nothing is owed of that span any more\n"
                            : ": what was closed there is owed again, from the next due time on\n");
    return answer.exit;
}

}  // namespace

CommandExit list_gaps(const Invocation& call, const GapsOptions& options) {
    const auto settings = load_for_reading(call);
    if (!settings) return CommandExit::usage;
    if (!options.close.empty() && !options.reopen.empty())
        return fail(call, "--close and --reopen: one at a time", CommandExit::usage);
    if (!options.close.empty() && options.reason.empty())
        return fail(call, "--close needs --reason: whoever looks at it in two years wants to know", CommandExit::usage);
    if (!options.close.empty() || !options.reopen.empty()) return change(call, *settings, options);

    const auto database = open_ledger(call, *settings);
    if (!database) return CommandExit::bad_news;
    const LedgerReader reader(*database);
    const auto known = check_job_name(*settings, reader, options.job);
    if (!known) return fail(call, known.error().what, CommandExit::usage);
    auto coverage = read_coverage(reader, *settings, call.now);
    if (!coverage) return fail(call, coverage.error().what, CommandExit::bad_news);
    std::erase_if(*coverage, [&](const TargetCoverage& one) {
        const bool other_target = !options.target.empty() && one.target.id != options.target &&
                                  name_of(one.target) != options.target && one.label != options.target;
        return (!options.job.empty() && one.job != options.job) || other_target;
    });
    bool late = false;
    for (const TargetCoverage& one : *coverage) late = late || has_late(one.spans);
    if (call.json)
        print_json(call, coverage_json(*coverage, options.all));
    else
        print_gaps(call, *settings, *coverage, options.all);
    return late ? CommandExit::bad_news : CommandExit::fine;
}

}  // namespace garner
