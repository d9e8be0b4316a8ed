// When a store's artifacts are read back, and which of them, as pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/records.hpp"
#include "core/settings.hpp"

namespace garner {

/// What is known of the readings of one store.
struct VerifyMemory {
    WallTime done_until;                     ///< every due instant up to here has had its pass
    std::optional<WallTime> last_success{};  ///< the end of the last pass that found all as it was stored
    std::uint64_t unread = 0;                ///< artifacts that the last pass could not read
    std::string trouble{};                   ///< of the first of them
};

/// The instant whose pass is owed, the last one where several were missed; nothing when none is.
std::optional<WallTime> owed_pass(const VerifySettings&, const Zone&, WallTime done_until, WallTime now);

/// What was last proven whole before this instant is read back in the pass that was due at `due`. Whatever was read
/// in this pass is behind it, so that a pass that was cut off goes on where it was.
WallTime outdated_before(const VerifySettings&, WallTime due);

/// How long nothing is read after so many bytes, so that a store is left alone for its other readers.
Duration pause_after(const VerifySettings&, std::uint64_t bytes);

}  // namespace garner
