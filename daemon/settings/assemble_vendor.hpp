// The account of a source, as each vendor has it.
#pragma once

#include <optional>
#include <variant>

#include "core/settings.hpp"
#include "settings/secrets.hpp"
#include "settings/walk.hpp"

namespace garner {

/// Nothing where the source's type is not known; the report says so then.
std::optional<SourceType> source_type_of(const Checked& source);

std::variant<TulipSettings, ServitlySettings, AppgateSettings> assemble_vendor(const Checked& source, SourceType,
                                                                               SecretReader&, Report&);

}  // namespace garner
