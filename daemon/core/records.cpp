#include "core/records.hpp"

#include <array>

#include "core/settings.hpp"

namespace garner {
namespace {

constexpr std::array<std::string_view, 11> run_states{"queued",    "starting",   "exporting", "downloading",
                                                      "verifying", "publishing", "cleaning",  "succeeded",
                                                      "suspect",   "failed",     "skipped"};
constexpr std::array<std::string_view, 3> triggers{"schedule", "catch_up", "manual"};
constexpr std::array<std::string_view, 2> verdicts{"verified", "suspect"};
constexpr std::array<std::string_view, 6> places{"store", "trashing", "trash", "restoring", "removing", "gone"};
constexpr std::array<std::string_view, 2> fates{"adopt", "discard"};
constexpr std::array<std::string_view, 3> catch_ups{"none", "latest", "all"};
constexpr std::array<std::string_view, 3> source_types{"tulip", "servitly", "appgate"};

template <class Enum, std::size_t n>
std::optional<Enum> find(const std::array<std::string_view, n>& names, std::string_view name) {
    for (std::size_t i = 0; i < n; ++i)
        if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::string_view to_string(RunState s) { return run_states.at(static_cast<std::size_t>(s)); }
std::optional<RunState> parse_run_state(std::string_view s) { return find<RunState>(run_states, s); }
std::string_view to_string(Trigger t) { return triggers.at(static_cast<std::size_t>(t)); }
std::optional<Trigger> parse_trigger(std::string_view s) { return find<Trigger>(triggers, s); }
std::string_view to_string(Verdict v) { return verdicts.at(static_cast<std::size_t>(v)); }
std::optional<Verdict> parse_verdict(std::string_view s) { return find<Verdict>(verdicts, s); }
std::string_view to_string(ArtifactPlace p) { return places.at(static_cast<std::size_t>(p)); }
std::optional<ArtifactPlace> parse_place(std::string_view s) { return find<ArtifactPlace>(places, s); }
std::string_view to_string(LeftoverFate f) { return fates.at(static_cast<std::size_t>(f)); }
std::optional<LeftoverFate> parse_leftover_fate(std::string_view s) { return find<LeftoverFate>(fates, s); }
std::string_view to_string(CatchUp c) { return catch_ups.at(static_cast<std::size_t>(c)); }
std::string_view to_string(SourceType t) { return source_types.at(static_cast<std::size_t>(t)); }

std::string describe(const Pause& pause) {
    std::string text = "paused by " + pause.who;
    if (pause.since > WallTime::min()) text += " since " + format_rfc3339(pause.since);
    if (pause.until) text += " until " + format_rfc3339(*pause.until);
    return text + (pause.reason.empty() ? "" : ": " + pause.reason);
}

Pause pause_of_configuration(std::optional<WallTime> since) {
    return Pause{since.value_or(WallTime::min()), std::nullopt, "the configuration", ""};
}

}  // namespace garner
