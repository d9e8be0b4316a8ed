#include "platform/http.hpp"

namespace garner {

std::optional<std::string_view> HttpHead::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
        if (name == lower_case_name) return std::string_view(value);
    return std::nullopt;
}

}  // namespace garner
