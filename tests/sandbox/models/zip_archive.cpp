#include "sandbox/models/zip_archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string_view>

#include "platform/sha256.hpp"
#include "sandbox/models/activity_csv.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr std::uint64_t kSizeMax = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kEntriesMax = 65534;
constexpr std::size_t kPieceBytes = 256 * 1024;

// 2026-11-01 00:00:00 as MS-DOS writes it.
constexpr std::uint32_t kDosTime = 0;
constexpr std::uint32_t kDosDate = (2026 - 1980) << 9 | 11 << 5 | 1;

void put(std::string& to, std::size_t bytes, std::uint64_t number) {
    for (std::size_t i = 0; i < bytes; ++i) to += static_cast<char>(number >> (8 * i) & 0xff);
}

template <class Take>
void in_pieces(const Content& content, Take take) {
    std::vector<char> piece(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, content.size())));
    for (std::uint64_t offset = 0; offset < content.size();) {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), content.size() - offset));
        content.read(offset, std::span(piece.data(), n));
        offset += n;
        take(std::string_view(piece.data(), n), offset == content.size());
    }
    if (content.size() == 0) take(std::string_view(), true);
}

std::uint32_t crc_of(const Content& content) {
    uLong crc = crc32(0, nullptr, 0);
    in_pieces(content, [&](std::string_view text, bool) {
        if (!text.empty())
            crc = crc32(crc, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size()));
    });
    return static_cast<std::uint32_t>(crc);
}

std::string deflated(const Content& content) {
    z_stream stream{};
    // Without zlib's own header: what a ZIP holds.
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib cannot deflate");
    std::string packed;
    std::vector<char> out(kPieceBytes);
    in_pieces(content, [&](std::string_view text, bool last) {
        std::string in(text);
        stream.next_in = reinterpret_cast<Bytef*>(in.data());
        stream.avail_in = static_cast<uInt>(in.size());
        do {
            stream.next_out = reinterpret_cast<Bytef*>(out.data());
            stream.avail_out = static_cast<uInt>(out.size());
            deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
            packed.append(out.data(), out.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    });
    deflateEnd(&stream);
    return packed;
}

// The vendor's mask, filled in for one thing.
std::string file_name(std::string mask, std::uint64_t seed, std::uint64_t thing) {
    constexpr std::array<std::string_view, 4> kinds = {"Boiler", "Chiller", "Pump", "Compressor"};
    const std::uint64_t number = chance(seed, "thing", thing);
    const std::string serial = "SN" + std::to_string(10000 + number % 90000) + "-" + std::to_string(thing + 1);
    const std::string kind(kinds[number % kinds.size()]);
    if (mask.empty()) mask = "${thing.serialNumber}_${thingDefinition.name}";
    for (const auto& [word, value] :
         {std::pair<std::string_view, const std::string&>("${thing.serialNumber}", serial),
          std::pair<std::string_view, const std::string&>("${thing.name}", serial),
          std::pair<std::string_view, const std::string&>("${thingDefinition.name}", kind)}) {
        for (std::size_t at = mask.find(word); at != std::string::npos; at = mask.find(word, at + value.size()))
            mask.replace(at, word.size(), value);
    }
    return mask;
}

}  // namespace

ZipArchive::ZipArchive(const std::vector<ZipEntry>& entries, ZipForm form) : form_(form) {
    if (entries.size() > kEntriesMax) throw std::invalid_argument("a ZIP without ZIP64 holds at most 65534 entries");
    for (const ZipEntry& entry : entries) {
        Entry kept{entry.name, entry.content, entry.content->size(), 0};
        if (form_ != ZipForm::stored) {
            kept.data = std::make_shared<TextContent>(deflated(*entry.content));
            kept.crc = crc_of(*entry.content);
        }
        entries_.push_back(std::move(kept));
    }
    pieces_ = laid_out();
    size_ = pieces_.back().offset + pieces_.back().size();
    if (size_ > kSizeMax) throw std::invalid_argument("a ZIP without ZIP64 holds at most 4 GiB");
}

// APPNOTE.TXT 4.3.7 and 4.3.12: the central header has what the local one has, and where that one is.
std::string ZipArchive::header(const Entry& entry, bool central, std::uint64_t offset) const {
    const bool later = form_ == ZipForm::streamed && !central;
    std::string text = central ? "PK\1\2" : "PK\3\4";
    if (central) put(text, 2, 20);
    put(text, 2, 20);
    put(text, 2, form_ == ZipForm::streamed ? 0x0808 : 0x0800);  // UTF-8 names; bit 3: sizes follow the data
    put(text, 2, form_ == ZipForm::stored ? 0 : 8);
    put(text, 2, kDosTime);
    put(text, 2, kDosDate);
    put(text, 4, later ? 0 : entry.crc);
    put(text, 4, later ? 0 : entry.data->size());
    put(text, 4, later ? 0 : entry.plain_size);
    put(text, 2, entry.name.size());
    put(text, 2, 0);  // no extra field
    if (central) {
        put(text, 2, 0);  // no comment
        put(text, 2, 0);  // disk
        put(text, 2, 0);
        put(text, 4, 0);
        put(text, 4, offset);
    }
    return text + entry.name;
}

std::vector<ZipArchive::Piece> ZipArchive::laid_out() const {
    std::vector<Piece> pieces;
    std::uint64_t at = 0;
    const auto add = [&](std::string text, std::shared_ptr<const Content> content) {
        pieces.push_back({at, std::move(text), std::move(content)});
        at += pieces.back().size();
    };
    std::string directory;
    for (const Entry& entry : entries_) {
        directory += header(entry, true, at);
        add(header(entry, false, 0), nullptr);
        add({}, entry.data);
        if (form_ != ZipForm::streamed) continue;
        std::string descriptor = "PK\7\10";
        put(descriptor, 4, entry.crc);
        put(descriptor, 4, entry.data->size());
        put(descriptor, 4, entry.plain_size);
        add(std::move(descriptor), nullptr);
    }
    const std::uint64_t directory_size = directory.size();
    directory += "PK\5\6";
    put(directory, 4, 0);
    put(directory, 2, entries_.size());
    put(directory, 2, entries_.size());
    put(directory, 4, directory_size);
    put(directory, 4, at);
    put(directory, 2, 0);
    add(std::move(directory), nullptr);
    return pieces;
}

void ZipArchive::compute_checksums() const {
    if (form_ != ZipForm::stored) return;
    for (Entry& entry : entries_) entry.crc = crc_of(*entry.data);
    pieces_ = laid_out();
}

void ZipArchive::read(std::uint64_t offset, std::span<char> out) const {
    std::call_once(checksums_, [this] { compute_checksums(); });
    auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                  [](std::uint64_t at, const Piece& one) { return at < one.offset; });
    --piece;
    while (!out.empty()) {
        const std::uint64_t skip = offset - piece->offset;
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), piece->size() - skip));
        if (piece->content)
            piece->content->read(skip, out.first(n));
        else
            piece->text.copy(out.data(), n, static_cast<std::size_t>(skip));
        out = out.subspan(n);
        offset += n;
        ++piece;
    }
}

std::shared_ptr<const Content> seeded_archive(std::uint64_t seed, std::uint64_t things, std::uint64_t bytes,
                                              ZipForm form, const std::string& mask, bool hash_names) {
    constexpr std::uint64_t kSample = 32 * 1024;
    std::uint64_t csv_bytes = bytes / std::max<std::uint64_t>(things, 1);
    if (form != ZipForm::stored) {
        // The rows are all alike, so a sample tells how far they shrink.
        const ActivityCsv sample(seed, kSample);
        csv_bytes = csv_bytes * sample.size() / deflated(sample).size();
    }
    std::vector<ZipEntry> entries;
    for (std::uint64_t thing = 0; thing < things; ++thing) {
        std::string name = file_name(mask, seed, thing);
        if (hash_names) name = Sha256::of(name).substr(0, 32);  // as long as the vendor's MD5
        // A mask without the thing's name would name every file alike.
        const bool taken = std::any_of(entries.begin(), entries.end(),
                                       [&](const ZipEntry& entry) { return entry.name == name + ".csv"; });
        if (taken) name += "_" + std::to_string(thing + 1);
        entries.push_back({name + ".csv", std::make_shared<ActivityCsv>(chance(seed, "csv", thing), csv_bytes)});
    }
    return std::make_shared<ZipArchive>(entries, form);
}

}  // namespace garner::sandbox
