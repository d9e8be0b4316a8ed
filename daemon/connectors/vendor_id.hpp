// Ids that come from a vendor and go back to it within an address.
#pragma once

#include <string>
#include <string_view>

namespace garner {

/// Percent-encoded as one segment of a path.
std::string path_segment(std::string_view id);

/// Whether it can stand in a path: dots alone would be another path, and nothing endless is an id.
bool is_usable_id(std::string_view id);

}  // namespace garner
