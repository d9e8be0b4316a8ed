// When what a vendor has ready for us disappears there. What a newcomer gets wrong: it is counted from the start of the
// remote job, since nobody is told when it ended; so it is told too early, never too late.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "core/settings.hpp"

namespace garner {

/// Servitly: "archives of completed exports are kept 30 days". The other vendors say nothing of the kind: Tulip renews
/// the address of a file whenever it is asked, an appliance keeps a backup until it is deleted.
inline constexpr Duration servitly_keeps_exports{30 * 24 * 3'600'000LL};

/// For how long a finished remote job can be fetched; nothing: for good, as far as is known.
std::optional<Duration> export_lifetime(SourceType);

using SourcesByName = std::map<std::string, SourceSettings>;

/// Of a run that has a remote job and has not got its file yet; nothing for all others.
std::optional<WallTime> expires_at(const SourcesByName&, const RunRecord&);
/// Of a remote job that is to be adopted; nothing for all others.
std::optional<WallTime> expires_at(const SourcesByName&, const LeftoverRecord&);

/// What fetches something that disappears comes first, the first to disappear first; the others stay in their order.
/// A run fetches its own remote job, else the leftover of its job, target and window.
void order_by_expiry(std::vector<RunRecord>& runs, const std::vector<LeftoverRecord>& leftovers, const SourcesByName&);

/// The windows of finished or running exports of this job's target that wait to be adopted, the first to disappear
/// first: of those that are closed at `now`, begin no earlier than the rule and that nothing of `covered` covers.
std::vector<Window> adoptable_windows(const JobSettings&, const std::string& target_id,
                                      const std::vector<LeftoverRecord>& leftovers, const std::vector<Window>& covered,
                                      WallTime now, const SourcesByName&);

}  // namespace garner
