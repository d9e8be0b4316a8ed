// Whether the wall clock can be trusted: held against the steady clock, the ledger's newest record and the `Date` of
// the vendors' replies. While it cannot, runs go on and nothing is pruned. One wrong vendor among three is that
// vendor's fault.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace garner {

/// What a suspicion rests on. That of the vendors stands until vendors say otherwise, over a restart too.
enum class ClockWitness { ledger, vendors };
std::string_view to_string(ClockWitness);
std::optional<ClockWitness> parse_clock_witness(std::string_view);

struct ClockSuspicion {
    WallTime since;
    ClockWitness witness = ClockWitness::ledger;
    std::string reason;
};

/// What the ledger remembers.
struct ClockMemory {
    WallTime newest;  ///< record
    std::optional<ClockSuspicion> standing;
};

class ClockWatch {
public:
    /// The wall clock may be so far behind the ledger's newest record: that is written every half minute.
    static constexpr Duration behind_max{60'000};
    /// From the vendors' clocks.
    static constexpr Duration offset_max{300'000};
    /// Between the wall clock's pace and the steady clock's, from one look to the next.
    static constexpr Duration jump_max{120'000};
    /// What a vendor's clock said is believed for so long.
    static constexpr Duration offset_lives{7'200'000};
    /// When the vendors have agreed with our clock for so long, it was the ledger's record that was written under a
    /// wrong one: else a clock that was once ten years ahead would be suspect for ten years.
    static constexpr Duration agreement_needed{24 * 3'600'000LL};

    struct Look {
        std::optional<Duration> jumped;  ///< ahead, or (negative) back; also after the machine slept
        bool began = false;              ///< to be suspect
        bool ended = false;              ///< it is trusted again
        bool record_disproved = false;   ///< newest() was put back to now
    };

    void remember(ClockMemory memory);
    /// The vendor's clock showed `theirs` when ours showed `ours`.
    void heard(const std::string& source, WallTime theirs, WallTime ours, SteadyTime at);
    /// What both clocks show now; to be called every some seconds.
    Look look(WallTime wall, SteadyTime steady);

    const std::optional<ClockSuspicion>& suspicion() const { return suspicion_; }
    WallTime newest() const { return newest_; }

private:
    struct Offset {
        Duration ahead;  ///< of ours
        SteadyTime at;
    };
    void judge_vendors(SteadyTime steady);
    void conclude(WallTime wall, Look& look);

    WallTime newest_{};
    std::map<std::string, Offset> offsets_;  ///< by source: the newest of each
    std::string against_vendors_;            ///< what the vendors' clocks say against ours
    std::optional<SteadyTime> agreed_since_;
    std::optional<WallTime> last_wall_;
    SteadyTime last_steady_{};
    std::optional<ClockSuspicion> suspicion_;
};

}  // namespace garner
