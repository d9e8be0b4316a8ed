// Base 64 (RFC 4648, with padding), for Basic authentication.
#pragma once

#include <string>
#include <string_view>

namespace garner {

std::string base64_encode(std::string_view bytes);

}  // namespace garner
