// What may still lie at a vendor: removed there, tried again for days, and given up visibly. Runs adopt what they can
// use themselves.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/expiry.hpp"
#include "engine/context.hpp"
#include "engine/source.hpp"

namespace garner {

/// After `tries` failed ones: a minute, doubling to six hours.
Duration wait_before_removal(std::uint32_t tries);

/// So long a remote job that nobody adopted stays where it is, and one whose id was never known is listed.
inline constexpr Duration adoption_patience{14 * 24 * 3'600'000LL};
/// Nothing is given up for its age before it has been that old for so long by the steady clock: the wall clock may have
/// jumped ahead.
inline constexpr Duration age_is_believed{6 * 3'600'000LL};
/// The first nine tries take half a day, the others six hours each: 14 days.
inline constexpr std::uint32_t removal_tries_max = 64;
/// So long a vendor that cleans up by itself may have an export of ours.
inline constexpr Duration vendor_keeps = servitly_keeps_exports;

class LeftoverKeeper {
public:
    /// The source of that name; null when it is not configured.
    using SourceOf = std::function<std::shared_ptr<Source>(const std::string& name)>;

    LeftoverKeeper(EngineContext& context, SourceOf source_of) : context_(context), source_of_(std::move(source_of)) {}

    /// Until it is cancelled.
    Task<> keep();

private:
    Task<Duration> pass();
    bool is_older(const LeftoverRecord& leftover, Duration patience);
    Task<bool> remove(LeftoverRecord leftover, Source& source);
    Task<> postpone(LeftoverRecord leftover);
    Task<> forget(LeftoverRecord leftover);

    EngineContext& context_;
    SourceOf source_of_;
    std::map<std::string, SteadyTime> old_since_;  ///< by leftover: since when its age is beyond its patience
};

}  // namespace garner
