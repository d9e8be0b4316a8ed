#include "core/coverage.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace garner {
namespace {

// The scheduler has made its runs so long after an instant.
constexpr Duration dispatched_after{60'000};

// Sorted, without overlaps.
std::vector<Window> merged(std::vector<Window> windows) {
    std::erase_if(windows, [](const Window& w) { return w.end <= w.start; });
    std::sort(windows.begin(), windows.end(), [](const Window& a, const Window& b) { return a.start < b.start; });
    std::vector<Window> result;
    for (const Window& window : windows) {
        if (!result.empty() && window.start <= result.back().end)
            result.back().end = std::max(result.back().end, window.end);
        else
            result.push_back(window);
    }
    return result;
}

// `windows` without what `taken` covers; both merged.
std::vector<Window> without(const std::vector<Window>& windows, const std::vector<Window>& taken) {
    std::vector<Window> rest;
    auto next = taken.begin();
    for (Window window : windows) {
        while (next != taken.end() && next->end <= window.start) ++next;
        for (auto cut = next; cut != taken.end() && cut->start < window.end; ++cut) {
            if (cut->start > window.start) rest.push_back({window.start, cut->start});
            window.start = std::max(window.start, cut->end);
        }
        if (window.start < window.end) rest.push_back(window);
    }
    return rest;
}

class Picture {
public:
    // What earlier ones have is theirs.
    void add(std::vector<Window> windows, SpanState state, const std::string& note = {}) {
        const std::vector<Window> fresh = without(merged(std::move(windows)), taken_);
        for (const Window& window : fresh) spans_.push_back({window, state, false, note});
        std::vector<Window> all = std::move(taken_);
        all.insert(all.end(), fresh.begin(), fresh.end());
        taken_ = merged(std::move(all));
    }

    void add(Span span) { spans_.push_back(std::move(span)); }
    const std::vector<Window>& taken() const { return taken_; }

    std::vector<Span> finish() {
        std::sort(spans_.begin(), spans_.end(),
                  [](const Span& a, const Span& b) { return a.window.start < b.window.start; });
        std::vector<Span> joined;
        for (Span& span : spans_) {
            const bool goes_on = !joined.empty() && joined.back().window.end == span.window.start &&
                                 joined.back().state == span.state && joined.back().late == span.late &&
                                 joined.back().note == span.note;
            if (goes_on)
                joined.back().window.end = span.window.end;
            else
                joined.push_back(std::move(span));
        }
        return joined;
    }

private:
    std::vector<Span> spans_;
    std::vector<Window> taken_;
};

std::vector<Window> clipped(std::vector<Window> windows, WallTime from, WallTime until) {
    for (Window& window : windows)
        window = {std::clamp(window.start, from, until), std::clamp(window.end, from, until)};
    return windows;
}

// Until when windows must have been closed for the schedule to have had an instant for them.
std::optional<WallTime> last_chance(const JobSettings& job, const CoverageFacts& facts, WallTime now) {
    const auto due = job.schedule.previous_before(now - dispatched_after, job.zone);
    if (!due || (facts.counts_from && *due < *facts.counts_from)) return std::nullopt;
    return due;
}

}  // namespace

std::string_view to_string(SpanState state) {
    switch (state) {
        case SpanState::archived:
            return "archived";
        case SpanState::closed:
            return "closed";
        case SpanState::filling:
            return "filling";
        case SpanState::suspect:
            return "suspect";
        case SpanState::lost:
            return "lost";
        case SpanState::gap:
            return "gap";
        case SpanState::open:
            break;
    }
    return "open";
}

std::string describe(const ClosedSpan& span) {
    return "closed by " + span.who + " at " + format_rfc3339(span.at) + ": " + span.reason;
}

std::vector<Span> coverage_of(const JobSettings& job, const CoverageFacts& facts, WallTime now) {
    WindowRule rule = *job.window;
    rule.available_for.reset();  // what the vendor no longer has is missing all the same
    const WallTime from = window_ending_after(rule, job.zone, WallTime::min()).start;
    const WallTime until = std::max(from, window_ending_after(rule, job.zone, now - rule.settle_delay).start);

    Picture picture;
    picture.add(facts.archived, SpanState::archived);
    for (const ClosedSpan& span : facts.closed) picture.add({span.window}, SpanState::closed, describe(span));
    picture.add(facts.filling, SpanState::filling);

    const auto due = last_chance(job, facts, now);
    const auto is_late = [&](const Window& part) { return due && part.end + rule.settle_delay <= *due; };
    Picture suspects;
    suspects.add(picture.taken(), SpanState::archived);
    suspects.add(clipped(facts.suspect, from, until), SpanState::suspect);
    for (Span& span : suspects.finish()) {
        if (span.state != SpanState::suspect) continue;
        span.late = is_late(span.window);
        picture.add(std::move(span));
    }

    constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
    for (const Window& part : owed_windows(rule, job.zone, suspects.taken(), now, all)) {
        const bool lost = !is_offered(*job.window, part, now);
        picture.add(Span{part, lost ? SpanState::lost : SpanState::gap, lost || is_late(part), {}});
    }
    for (const Window& part : without({{until, std::max(until, now)}}, suspects.taken()))
        picture.add(Span{part, SpanState::open, false, {}});
    return picture.finish();
}

Duration time_in(const std::vector<Span>& spans, SpanState state) {
    Duration sum{0};
    for (const Span& span : spans)
        if (span.state == state) sum += span.window.end - span.window.start;
    return sum;
}

Duration missing_time(const std::vector<Span>& spans) {
    return time_in(spans, SpanState::gap) + time_in(spans, SpanState::filling) + time_in(spans, SpanState::suspect) +
           time_in(spans, SpanState::lost);
}

bool has_late(const std::vector<Span>& spans) {
    return std::any_of(spans.begin(), spans.end(), [](const Span& span) { return span.late; });
}

}  // namespace garner
