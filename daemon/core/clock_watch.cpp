#include "core/clock_watch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace garner {
namespace {

Duration size_of(Duration d) { return d < Duration(0) ? -d : d; }

std::string in_seconds(Duration d) {
    return format_duration(std::chrono::duration_cast<std::chrono::seconds>(size_of(d)));
}

// The middle one; of two in the middle the one that speaks for us: that a wrong clock agrees by chance is unlikely.
Duration middle_of(std::vector<Duration> offsets) {
    std::sort(offsets.begin(), offsets.end());
    const Duration upper = offsets[offsets.size() / 2];
    const Duration lower = offsets[(offsets.size() - 1) / 2];
    return size_of(lower) < size_of(upper) ? lower : upper;
}

}  // namespace

std::string_view to_string(ClockWitness witness) { return witness == ClockWitness::ledger ? "ledger" : "vendors"; }

std::optional<ClockWitness> parse_clock_witness(std::string_view text) {
    for (const ClockWitness witness : {ClockWitness::ledger, ClockWitness::vendors})
        if (to_string(witness) == text) return witness;
    return std::nullopt;
}

void ClockWatch::remember(ClockMemory memory) {
    newest_ = memory.newest;
    suspicion_ = std::move(memory.standing);
    if (suspicion_ && suspicion_->witness == ClockWitness::vendors) against_vendors_ = suspicion_->reason;
}

void ClockWatch::heard(const std::string& source, WallTime theirs, WallTime ours, SteadyTime at) {
    offsets_.insert_or_assign(source, Offset{theirs - ours, at});
}

// Without evidence of late what was said before stands.
void ClockWatch::judge_vendors(SteadyTime steady) {
    std::erase_if(offsets_, [&](const auto& one) { return steady - one.second.at > offset_lives; });
    if (offsets_.empty()) {
        agreed_since_.reset();
        return;
    }
    std::vector<Duration> all;
    for (const auto& [_, offset] : offsets_) all.push_back(offset.ahead);
    const Duration middle = middle_of(std::move(all));
    if (size_of(middle) > offset_max) {
        agreed_since_.reset();
        against_vendors_ =
            "it is " + in_seconds(middle) + (middle > Duration(0) ? " behind" : " ahead of") +
            (offsets_.size() == 1 ? " the clock of source " + offsets_.begin()->first : " the clocks of the vendors");
    } else {
        if (!agreed_since_) agreed_since_ = steady;
        against_vendors_.clear();
    }
}

ClockWatch::Look ClockWatch::look(WallTime wall, SteadyTime steady) {
    Look look;
    if (last_wall_) {
        const Duration drift = (wall - *last_wall_) - (steady - last_steady_);
        if (size_of(drift) > jump_max) {
            look.jumped = drift;
            // Measured against a clock that is no more.
            offsets_.clear();
        }
    }
    last_wall_ = wall;
    last_steady_ = steady;
    judge_vendors(steady);
    if (newest_ - wall > behind_max && agreed_since_ && steady - *agreed_since_ >= agreement_needed) {
        newest_ = wall;
        look.record_disproved = true;
    }
    if (newest_ - wall <= behind_max) newest_ = std::max(newest_, wall);
    conclude(wall, look);
    return look;
}

void ClockWatch::conclude(WallTime wall, Look& look) {
    std::string reason = against_vendors_;
    const ClockWitness witness = reason.empty() ? ClockWitness::ledger : ClockWitness::vendors;
    if (newest_ - wall > behind_max && reason.empty())
        reason =
            "it is " + in_seconds(newest_ - wall) + " behind the ledger's newest record, of " + format_rfc3339(newest_);
    if (reason.empty()) {
        look.ended = suspicion_.has_value();
        suspicion_.reset();
        return;
    }
    look.began = !suspicion_;
    if (!suspicion_) suspicion_ = ClockSuspicion{wall, witness, {}};
    suspicion_->witness = witness;
    suspicion_->reason = std::move(reason);
}

}  // namespace garner
