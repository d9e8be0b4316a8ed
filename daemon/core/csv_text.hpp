// The text of a CSV file as bytes that ASCII can be read in: UTF-16 becomes UTF-8, a byte order mark goes, everything
// else (UTF-8, Latin-1 and its kin) stays as it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace garner {

class CsvText {
public:
    /// The text of these bytes, together with what was kept of earlier ones; valid until the next call.
    std::string_view take(std::string_view bytes);
    /// The text of what is kept still: as after no more bytes.
    std::string_view end();

    bool is_utf16() const { return encoding_ == Encoding::utf16_little || encoding_ == Encoding::utf16_big; }
    /// UTF-16 that is none: half a character. Known after end().
    bool is_broken() const { return broken_; }

private:
    enum class Encoding { unknown, bytes, utf16_little, utf16_big };

    void decide(bool is_all);
    void decode(std::string_view bytes);
    void put_unit(std::uint32_t unit);
    void put(std::uint32_t code_point);

    Encoding encoding_ = Encoding::unknown;
    std::string start_;  // until the encoding is known
    std::string text_;
    int half_ = -1;                // the first byte of a unit whose second has not come
    std::uint32_t surrogate_ = 0;  // the first of a pair
    bool broken_ = false;
};

}  // namespace garner
