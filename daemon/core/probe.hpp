// What an artifact's bytes look like, judged while they stream past, in bounded memory: the format half of the success
// contract (PRODUCT.md section 8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace garner {

/// What a vendor's artifact should be.
enum class ArtifactFormat {
    csv,         ///< a header, and rows (perhaps none) of as many columns
    zip_of_csv,  ///< a whole ZIP archive whose entries are CSV
    openpgp,     ///< an OpenPGP message, binary or armored, whose packets end where the file ends
};
std::string_view media_type_of(ArtifactFormat);
std::string_view extension_of(ArtifactFormat);  ///< of the stored file, without the dot

/// What CSV holds: one file, or all those of an archive.
struct CsvContent {
    std::uint64_t rows = 0;         ///< without headers
    std::uint64_t columns_min = 0;  ///< of the file that has the fewest
    std::uint64_t columns_max = 0;
    std::vector<std::string> names;  ///< of the columns that every file has; UTF-8
    std::string no_row;              ///< in what way there is no row; empty where there is one
    friend bool operator==(const CsvContent&, const CsvContent&) = default;
};

struct ProbeResult {
    std::string summary;               ///< "csv: 9 columns, 1203 rows"
    std::vector<std::string> reasons;  ///< why it is not what it should be; empty when it is
    std::optional<CsvContent> csv{};   ///< nothing where it is no CSV. That it has no row is no reason yet
};

class Probe {
public:
    virtual ~Probe() = default;
    virtual void update(std::span<const std::byte>) = 0;
    /// As if no byte had come.
    virtual void reset() = 0;
    virtual ProbeResult finish() = 0;
};

std::unique_ptr<Probe> make_probe(ArtifactFormat);

/// Names what the first bytes of something that should be a file really are: "an HTML page", "an XML document", "a JSON
/// document"; empty for anything else.
std::string foreign_format(std::string_view first_bytes);

}  // namespace garner
