#include "core/csv_text.hpp"

namespace garner {
namespace {

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";
constexpr std::string_view little_mark = "\xFF\xFE";
constexpr std::string_view big_mark = "\xFE\xFF";

bool may_become(std::string_view start, std::string_view mark) {
    return start.size() < mark.size() && mark.starts_with(start);
}

}  // namespace

std::string_view CsvText::take(std::string_view bytes) {
    if (encoding_ == Encoding::bytes) return bytes;
    text_.clear();
    if (encoding_ == Encoding::unknown) {
        start_ += bytes;
        decide(false);
    } else {
        decode(bytes);
    }
    return text_;
}

std::string_view CsvText::end() {
    text_.clear();
    if (encoding_ == Encoding::unknown) decide(true);
    broken_ = broken_ || half_ >= 0 || surrogate_ != 0;
    return text_;
}

void CsvText::decide(bool is_all) {
    std::string_view rest = start_;
    if (rest.starts_with(little_mark) || rest.starts_with(big_mark)) {
        encoding_ = rest.starts_with(little_mark) ? Encoding::utf16_little : Encoding::utf16_big;
        decode(rest.substr(little_mark.size()));
    } else if (is_all ||
               !(may_become(rest, utf8_mark) || may_become(rest, little_mark) || may_become(rest, big_mark))) {
        encoding_ = Encoding::bytes;
        text_ = rest.starts_with(utf8_mark) ? rest.substr(utf8_mark.size()) : rest;
    }
    if (encoding_ != Encoding::unknown) start_.clear();
}

void CsvText::decode(std::string_view bytes) {
    for (const char c : bytes) {
        const int byte = static_cast<unsigned char>(c);
        if (half_ < 0) {
            half_ = byte;
            continue;
        }
        put_unit(
            static_cast<std::uint32_t>(encoding_ == Encoding::utf16_little ? byte << 8 | half_ : half_ << 8 | byte));
        half_ = -1;
    }
}

void CsvText::put_unit(std::uint32_t unit) {
    const bool is_second = unit >= 0xDC00 && unit < 0xE000;
    if (is_second != (surrogate_ != 0)) broken_ = true;
    if (is_second && surrogate_ != 0) put(0x10000U + ((surrogate_ - 0xD800U) << 10U) + (unit - 0xDC00U));
    surrogate_ = unit >= 0xD800 && unit < 0xDC00 ? unit : 0;
    if (!is_second && surrogate_ == 0) put(unit);
}

void CsvText::put(std::uint32_t c) {
    const auto more = [this](std::uint32_t bits) { text_ += static_cast<char>(0x80U | (bits & 0x3FU)); };
    if (c < 0x80) {
        text_ += static_cast<char>(c);
    } else if (c < 0x800) {
        text_ += static_cast<char>(0xC0U | c >> 6U);
        more(c);
    } else if (c < 0x10000) {
        text_ += static_cast<char>(0xE0U | c >> 12U);
        more(c >> 6U);
        more(c);
    } else {
        text_ += static_cast<char>(0xF0U | c >> 18U);
        more(c >> 12U);
        more(c >> 6U);
        more(c);
    }
}

}  // namespace garner
