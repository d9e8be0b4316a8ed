// From checked keys to Settings: what one key cannot know of itself. References, paths that collide, listeners that are
// too open.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/settings.hpp"
#include "settings/secrets.hpp"
#include "settings/walk.hpp"

namespace garner {

/// `is_whole`: every file could be read, so that a name which is not there is not there.
Settings assemble(const Checked& top, bool is_whole, SecretReader&,
                  const std::function<std::optional<std::string>(const std::string&)>& environment, Report&);

}  // namespace garner
