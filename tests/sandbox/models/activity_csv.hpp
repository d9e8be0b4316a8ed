// A machine-activity CSV as Tulip makes it, of any size, computed where it is read: one row per ten seconds, every row
// of one width, so the row at any offset is known without those before it. The sizes that exist are whole rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

enum class LineEnd { lf, crlf };

class ActivityCsv : public Content {
public:
    /// As many whole rows as fit into `bytes`; the header alone when none does.
    ActivityCsv(std::uint64_t seed, std::uint64_t bytes, LineEnd line_end = LineEnd::lf);

    std::uint64_t size() const override;
    void read(std::uint64_t offset, std::span<char> out) const override;

private:
    void write_rows(std::uint64_t first_row, std::uint64_t count, char* out) const;

    std::uint64_t seed_;
    std::string header_;
    std::string row_;  ///< the row that is patched
    std::uint64_t rows_ = 0;
};

/// A few bytes as they are: an empty file, a page that is no CSV.
class TextContent : public Content {
public:
    explicit TextContent(std::string text) : text_(std::move(text)) {}
    std::uint64_t size() const override { return text_.size(); }
    void read(std::uint64_t offset, std::span<char> out) const override { text_.copy(out.data(), out.size(), offset); }

private:
    std::string text_;
};

}  // namespace garner::sandbox
