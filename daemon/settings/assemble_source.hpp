// A source out of its checked keys.
#pragma once

#include "core/settings.hpp"
#include "settings/secrets.hpp"
#include "settings/walk.hpp"

namespace garner {

SourceSettings assemble_source(const Checked&, SourceType, SecretReader&, Report&);

}  // namespace garner
