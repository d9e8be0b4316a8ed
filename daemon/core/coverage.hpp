// Which spans of a target's time are archived, which are not, and which are being filled: decided from the job's rule
// and what the ledger knows. What a newcomer gets wrong: a window that is owed is not bad news before the schedule had
// an instant to fetch it at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings.hpp"
#include "core/time.hpp"
#include "core/window.hpp"

namespace garner {

/// In the order in which one wins over another for the same time.
enum class SpanState {
    archived,  ///< a verified artifact covers it
    closed,    ///< a person said that nothing is owed of it
    filling,   ///< a run that is not over fetches it
    suspect,   ///< only suspect artifacts cover it
    lost,      ///< not archived, and older than the vendor has data
    gap,       ///< owed and not archived
    open,      ///< of a window that is not over yet, or within its settle_delay
};
std::string_view to_string(SpanState);

/// A person's word that a span of a target's time is not owed any more.
struct ClosedSpan {
    Window window;
    std::string who;  ///< "uid 0"
    std::string reason;
    WallTime at;
};
/// "closed by uid 0 at 2026-11-02T08:00:00Z: the press was taken apart".
std::string describe(const ClosedSpan&);

/// What the ledger knows of one target of one job. In any order, overlaps allowed.
struct CoverageFacts {
    std::vector<Window> archived;  ///< of verified artifacts
    std::vector<Window> suspect;   ///< of suspect ones
    std::vector<ClosedSpan> closed;
    std::vector<Window> filling;          ///< of runs that are not over
    std::optional<WallTime> counts_from;  ///< since when the job's schedule is as it is now; nothing: since ever
};

struct Span {
    Window window;
    SpanState state = SpanState::gap;
    bool late = false;  ///< not archived although the schedule had an instant to fetch it at, or lost
    std::string note;   ///< of a closed one: who, when and why
    friend bool operator==(const Span&, const Span&) = default;
};

/// The whole of the target's time since the rule's start, oldest first, without overlap; neighbours of one kind are
/// one span. Artifacts from before the start are in it as well. The job must have a window.
std::vector<Span> coverage_of(const JobSettings&, const CoverageFacts&, WallTime now);

/// Of what is owed and not archived: gap, filling, suspect and lost together.
Duration missing_time(const std::vector<Span>&);
Duration time_in(const std::vector<Span>&, SpanState);

/// Whether any is late: what makes `garner gaps` bad news.
bool has_late(const std::vector<Span>&);

}  // namespace garner
