// The ways in which a world is lived through, each from a seed: a short life that is interrupted at one point, and
// months of trouble. The tests go through many of them; garner-simulate repeats one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/world.hpp"

namespace garner::sim {

/// What interrupts a short life; counted from 1.
enum class Interruption {
    nothing,
    crash_after_event,  ///< power goes behind the n-th event
    power_at_ledger,    ///< power goes in the n-th change of the ledger's files
    error_at_ledger,    ///< the n-th change of the ledger's files fails
    error_at_store,     ///< the n-th operation on the store's disk fails
    stop_after_second,  ///< SIGTERM after n seconds
};

/// How a life went.
struct Story {
    std::string wrong;  ///< the first invariant that did not hold, and the end of the log; empty: all held
    std::uint64_t trace = 0;
    std::uint64_t events = 0;
    std::uint64_t lives = 0;
    std::uint64_t runs = 0;
    std::uint64_t artifacts = 0;
};

/// Each line of the trace, when somebody wants to see it.
using Show = std::function<void(const std::string&)>;

/// A short life with all three vendors, interrupted, and a later one that has to put everything right; `again`: the
/// later one is interrupted by a crash after so many events too.
Story live_shortly(std::uint64_t seed, Interruption by, std::uint64_t at, std::uint64_t again = 0,
                   const Show& show = nullptr);

/// The short life interrupted at each of its points in every way, or at every `parts`-th from `part` on: the first
/// failure, with the command that repeats it; empty when all holds. `lived` counts.
std::string live_everywhere(std::uint64_t seed, std::uint64_t part, std::uint64_t parts, std::uint64_t& lived);

/// `days` of trouble, crashes, stops and pauses, then three quiet days in which everything has to succeed.
/// `crash_after`: the first life ends behind that event, whatever the seed says; 0: as the seed says.
Story live_long(std::uint64_t seed, unsigned days, std::uint64_t crash_after = 0, const Show& show = nullptr);

/// The command that lives through it once more.
std::string command_for(std::uint64_t seed, Interruption by, std::uint64_t at, std::uint64_t again = 0);
std::string command_for(std::uint64_t seed, unsigned days, std::uint64_t crash_after = 0);

}  // namespace garner::sim
