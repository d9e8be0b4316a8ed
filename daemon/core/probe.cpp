#include "core/probe.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/probe_formats.hpp"
#include "core/text.hpp"

namespace garner {

std::string_view media_type_of(ArtifactFormat format) {
    switch (format) {
        case ArtifactFormat::csv:
            return "text/csv";
        case ArtifactFormat::zip_of_csv:
            return "application/zip";
        case ArtifactFormat::openpgp:
            break;
    }
    return "application/pgp-encrypted";
}

std::string_view extension_of(ArtifactFormat format) {
    switch (format) {
        case ArtifactFormat::csv:
            return "csv";
        case ArtifactFormat::zip_of_csv:
            return "zip";
        case ArtifactFormat::openpgp:
            break;
    }
    return "gpg";
}

std::unique_ptr<Probe> make_probe(ArtifactFormat format) {
    switch (format) {
        case ArtifactFormat::csv:
            return make_csv_probe();
        case ArtifactFormat::zip_of_csv:
            return make_zip_probe();
        case ArtifactFormat::openpgp:
            break;
    }
    return make_openpgp_probe();
}

std::string foreign_format(std::string_view first_bytes) {
    if (first_bytes.starts_with("\xEF\xBB\xBF")) first_bytes.remove_prefix(3);
    const std::string start = to_lower_ascii(trim_ascii(first_bytes));
    for (const char* tag : {"<!doctype html", "<html", "<head", "<body", "<!--"})
        if (start.starts_with(tag)) return "an HTML page";
    if (start.starts_with("<")) return "an XML document";
    if (start.starts_with("{") || start.starts_with("[{") || start == "[]") return "a JSON document";
    return {};
}

std::string foreign_file(std::string_view first_bytes) {
    using namespace std::string_view_literals;
    static constexpr std::array<std::pair<std::string_view, const char*>, 8> signatures{{
        {"PK\x03\x04"sv, "a ZIP archive"},
        {"PK\x05\x06"sv, "an empty ZIP archive"},
        {"PK\x07\x08"sv, "a part of a ZIP archive that was split"},
        {"\x1F\x8B"sv, "a gzip file"},
        {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive"},
        {"Rar!\x1A\x07"sv, "a RAR archive"},
        {"\xFD\x37zXZ\0"sv, "an xz file"},
        {"\x28\xB5\x2F\xFD"sv, "a Zstandard file"},
    }};
    for (const auto& [signature, name] : signatures)
        if (first_bytes.starts_with(signature)) return name;
    if (first_bytes.starts_with("BZh") && first_bytes.size() > 4 && first_bytes.substr(4, 6) == "1AY&SY")
        return "a bzip2 file";
    if (first_bytes.size() >= 262 && first_bytes.substr(257, 5) == "ustar") return "a tar archive";
    return foreign_format(first_bytes);
}

std::string how_it_begins(std::string_view first_bytes) {
    const bool text = std::none_of(first_bytes.begin(), first_bytes.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
    });
    return text ? ": \"" + printable(first_bytes, 120) + "\"" : "";
}

}  // namespace garner
