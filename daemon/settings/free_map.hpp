// A free map of the configuration as the text of a JSON object, for a vendor's request that may have members that
// garner does not know. Text in quotes stays text; what stands plain is a number, true, false or null only where JSON
// and every reader of YAML agree on it.
#pragma once

#include <string>

#include "settings/report.hpp"
#include "settings/schema.hpp"
#include "settings/yaml.hpp"

namespace garner {

/// `map` is a map or null. Empty where it has no entries; what cannot be sent is in the report, and left out.
std::string free_map_json(const YamlNode& map, const Key&, const std::string& path, Report&);

}  // namespace garner
