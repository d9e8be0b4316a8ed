#include "core/secret.hpp"

namespace garner {

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        text_ = other.text_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        text_ = std::move(other.text_);
        other.wipe();
    }
    return *this;
}

void Secret::wipe() noexcept {
    // volatile: the compiler must not see that nobody reads these bytes again.
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) bytes[i] = 0;
    text_.clear();
}

bool same_text(std::string_view given, std::string_view secret) {
    unsigned different = given.size() == secret.size() ? 0U : 1U;
    for (std::size_t i = 0; i < given.size() && i < secret.size(); ++i)
        different |= static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(secret[i]);
    return different == 0;
}

}  // namespace garner
