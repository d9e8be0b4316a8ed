#include "core/zip_entries.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <clocale>
#include <memory>
#include <string_view>
#include <unordered_set>

#include "core/text.hpp"

namespace garner {
namespace {

// Deflate cannot reach this ratio; what does is made to fill memory or disk where it is unpacked.
constexpr std::uint64_t ratio_max = 1100;
constexpr std::uint64_t ratio_counts_from = 64ULL << 20U;
constexpr std::uint64_t unpacked_max = 1ULL << 40U;

// Names are UTF-8 while libarchive reads them, whatever the locale of the process: it would lose them in "C".
class Utf8Locale {
public:
    Utf8Locale() : before_(uselocale(utf8())) {}
    ~Utf8Locale() { uselocale(before_); }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

private:
    static locale_t utf8() {
        static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return locale;
    }
    locale_t before_;
};

struct ArchiveFree {
    void operator()(archive* a) const { archive_read_free(a); }
};

const std::string cut_off = "the file is cut off";

std::string counted(std::uint64_t n, const std::string& word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
}

std::string error_of(archive* a) {
    const char* text = archive_error_string(a);
    return text ? printable(text, 120) : "it cannot be read";
}

}  // namespace

ZipEntries::ZipEntries() : input_([this](Pulled&) { read(); }) {}

void ZipEntries::push(std::span<const std::byte> bytes) {
    const Utf8Locale locale;
    received_ += bytes.size();
    input_.push(bytes);
}

void ZipEntries::end() {
    const Utf8Locale locale;
    input_.end();
}

std::string ZipEntries::summary() const {
    std::string text = "zip: " + counted(files_, "file");
    if (files_ == 0) return text;
    text += ", " + (content_.columns_min == content_.columns_max ? "" : std::to_string(content_.columns_min) + " to ") +
            counted(content_.columns_max, "column") + ", " + counted(content_.rows, "row");
    if (files_without_row_ > 0) text += ", " + std::to_string(files_without_row_) + " without a row";
    if (!time_from_.empty()) text += ", from " + time_from_ + " to " + time_to_;
    return text;
}

void ZipEntries::read() {
    const std::unique_ptr<archive, ArchiveFree> owned(archive_read_new());
    archive* a = owned.get();
    if (!a) return give_up("there is no memory to read it");
    archive_read_support_format_zip_streamable(a);
    if (archive_read_open2(a, this, nullptr, &next_block, nullptr, nullptr) != ARCHIVE_OK) return give_up(error_of(a));
    archive_entry* entry = nullptr;
    while (gave_up_.empty()) {
        const int code = archive_read_next_header(a, &entry);
        if (code == ARCHIVE_EOF) {
            directory_from_ = static_cast<std::uint64_t>(archive_filter_bytes(a, -1));
            return;
        }
        if (code <= ARCHIVE_FATAL) return give_up(input_over_ ? cut_off : error_of(a));
        if (code != ARCHIVE_OK) note("entry " + std::to_string(listing_.entries + 1) + ": " + error_of(a));
        read_entry(a, entry);
    }
}

void ZipEntries::read_entry(archive* a, archive_entry* entry) {
    const char* raw_name = archive_entry_pathname(entry);
    const std::string name = raw_name ? raw_name : "";
    const std::string shown = "'" + printable(name, 80) + "'";
    if (const std::string why = unsafe_name(name); !why.empty()) {
        note(shown + " " + why);
        has_unsafe_name_ = true;
    }
    if (archive_entry_is_encrypted(entry)) {
        note(shown + " is encrypted");
        all_read_ = false;
        listing_.add(name, 0);
    } else if (archive_entry_filetype(entry) == AE_IFDIR) {
        listing_.add(name, 0);
    } else if (archive_entry_filetype(entry) != AE_IFREG) {
        note(shown + " is no regular file");
        all_read_ = false;
        listing_.add(name, 0);
    } else {
        read_file(a, name, shown);
    }
}

void ZipEntries::read_file(archive* a, const std::string& name, const std::string& shown) {
    CsvProbe csv;
    std::uint64_t size = 0;
    std::string damage;
    for (;;) {
        const void* block = nullptr;
        std::size_t length = 0;
        la_int64_t offset = 0;
        const int code = archive_read_data_block(a, &block, &length, &offset);
        if (code == ARCHIVE_EOF) break;
        if (code < ARCHIVE_WARN) {
            all_read_ = false;
            listing_.add(name, 0);
            if (code > ARCHIVE_FATAL) return note(shown + ": " + error_of(a));
            return give_up(input_over_ ? cut_off + " inside " + shown : shown + ": " + error_of(a));
        }
        // The last block of an entry with a wrong checksum comes together with the warning.
        if (code == ARCHIVE_WARN) damage = error_of(a);
        csv.update({static_cast<const std::byte*>(block), length});
        size += length;
        unpacked_ += length;
        if (unpacked_ > unpacked_max || (unpacked_ > ratio_counts_from && unpacked_ / ratio_max > received_)) {
            all_read_ = false;
            return give_up(shown + " unpacks to far more than an export holds; it was not read further");
        }
    }
    listing_.add(name, size);
    if (!damage.empty()) note(shown + ": " + damage);
    judge(csv, shown);
}

// A thing without data in the window of an export has a file with a header only.
void ZipEntries::judge(CsvProbe& csv, const std::string& shown) {
    const ProbeResult result = csv.finish();
    for (const std::string& reason : result.reasons) note(shown + ": " + reason);
    CsvContent of_file = result.csv.value_or(CsvContent{});
    if (files_ == 0) {
        content_.columns_min = of_file.columns_min;
        content_.names = std::move(of_file.names);
    } else {
        content_.columns_min = std::min(content_.columns_min, of_file.columns_min);
        const std::unordered_set<std::string_view> here(of_file.names.begin(), of_file.names.end());
        std::erase_if(content_.names, [&here](const std::string& name) { return !here.contains(name); });
    }
    content_.columns_max = std::max(content_.columns_max, of_file.columns_max);
    content_.rows += of_file.rows;
    if (!csv.time_from().empty()) {
        time_from_ = time_from_.empty() ? csv.time_from() : std::min(time_from_, csv.time_from());
        time_to_ = std::max(time_to_, csv.time_to());
    }
    ++files_;
    if (of_file.rows == 0) ++files_without_row_;
}

void ZipEntries::note(std::string reason) {
    ++reason_count_;
    if (reasons_.size() < reasons_max) reasons_.push_back(std::move(reason));
}

std::ptrdiff_t ZipEntries::next_block(archive*, void* self, const void** block) {
    auto* entries = static_cast<ZipEntries*>(self);
    const std::span<const std::byte> bytes = entries->input_.next();
    entries->input_over_ = bytes.empty();
    *block = bytes.data();
    return static_cast<std::ptrdiff_t>(bytes.size());
}

}  // namespace garner
