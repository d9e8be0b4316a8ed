#include "ledger/source_report.hpp"

#include <boost/json/object.hpp>

#include "core/report_json.hpp"
#include "core/text.hpp"
#include "ledger/ledger.hpp"

namespace garner {
namespace {

using Trouble = SourceReport::Trouble;

void take_standing(SourceReport& report, const SourceStanding& standing, WallTime now) {
    if (standing.held_until && *standing.held_until > now) {
        report.trouble = Trouble::held;
        report.since = standing.held_since;
        report.held_until = standing.held_until;
        report.reason = standing.held_why;
    }
    if (standing.down_since) {
        report.trouble = Trouble::down;
        report.since = standing.down_since;
        report.reason = standing.down_why;
    }
}

std::string waiting_of(const SourceReport& report) {
    constexpr std::size_t shown_max = 10;
    if (report.waiting.empty()) return "no run waits for it";
    std::string text =
        std::to_string(report.waiting.size()) + (report.waiting.size() == 1 ? " run waits: " : " runs wait: ");
    for (std::size_t i = 0; i < report.waiting.size() && i < shown_max; ++i)
        text += (i == 0 ? "" : ", ") + report.waiting[i];
    return report.waiting.size() > shown_max ? text + ", ..." : text;
}

}  // namespace

Result<std::vector<SourceReport>> read_source_reports(const LedgerReader& reader, const Settings& settings,
                                                      WallTime now) {
    const auto standings = reader.source_standings();
    if (!standings) return standings.error();
    const auto rejections = reader.login_rejections();
    if (!rejections) return rejections.error();
    const auto unfinished = reader.unfinished_runs();
    if (!unfinished) return unfinished.error();
    std::vector<SourceReport> reports;
    for (const auto& [name, source] : settings.sources) {
        SourceReport report;
        report.source = name;
        for (const LoginRejection& rejection : *rejections) {
            if (rejection.source != name) continue;
            report.trouble = Trouble::login_rejected;
            report.since = rejection.at;
            report.reason = rejection.why;
        }
        for (const SourceStanding& standing : *standings)
            if (standing.source == name) take_standing(report, standing, now);
        if (report.trouble != Trouble::none)
            for (const RunRecord& run : *unfinished)
                if (run.source == name) report.waiting.push_back(run.id);
        reports.push_back(std::move(report));
    }
    return reports;
}

boost::json::array sources_json(const std::vector<SourceReport>& reports) {
    const auto time = [](std::optional<WallTime> t) {
        return t ? boost::json::value(format_rfc3339(*t)) : boost::json::value();
    };
    return json_list(reports, [&](const SourceReport& report) {
        boost::json::object object;
        object["source"] = report.source;
        object["up"] = report.trouble != Trouble::down;
        object["since"] = time(report.since);
        object["reason"] = report.reason;
        object["held_until"] = time(report.held_until);
        object["waiting"] = boost::json::array(report.waiting.begin(), report.waiting.end());
        return object;
    });
}

std::string sentence_of(const SourceReport& report) {
    const std::string since = report.since ? " since " + format_rfc3339(*report.since) : "";
    const std::string why = ": " + printable(report.reason, 500);
    const std::string held = report.held_until ? format_rfc3339(*report.held_until) : "";
    const std::string name = "source " + report.source;
    switch (report.trouble) {
        case Trouble::none:
            return {};
        case Trouble::down:
            return name + " cannot be reached" + since + (held.empty() ? "" : ", and is left alone until " + held) +
                   why + "; " + waiting_of(report);
        case Trouble::held:
            return name + " asked to be left alone until " + held + why + "; " + waiting_of(report);
        case Trouble::login_rejected:
            return name + " rejects its login" + since + why;
    }
    return {};
}

}  // namespace garner
