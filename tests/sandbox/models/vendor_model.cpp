#include "sandbox/models/vendor_model.hpp"

#include <algorithm>

#include "platform/sha256.hpp"

namespace garner::sandbox {

std::string_view ModelRequest::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_case_name) return value;
    }
    return {};
}

std::string_view ModelRequest::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view ModelRequest::query() const {
    const std::size_t mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

const std::string& Content::sha256() const {
    if (sha256_.empty()) {
        Sha256 digest;
        std::vector<char> piece(256 * 1024);
        for (std::uint64_t offset = 0; offset < size();) {
            const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size() - offset));
            read(offset, std::span(piece.data(), n));
            digest.update(std::string_view(piece.data(), n));
            offset += n;
        }
        sha256_ = digest.finish();
    }
    return sha256_;
}

}  // namespace garner::sandbox
