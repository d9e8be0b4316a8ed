// The entries of a ZIP archive, read by libarchive while the bytes come, and judged as CSV. libarchive pulls its input
// and a probe is pushed, so it runs in a Pulled; no exception may cross its C frames. It stops at the central
// directory, which ZipDirectory reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/probe_csv.hpp"
#include "core/pulled.hpp"
#include "core/zip_directory.hpp"

struct archive;
struct archive_entry;

namespace garner {

class ZipEntries {
public:
    static constexpr std::size_t reasons_max = 5;

    ZipEntries();
    void push(std::span<const std::byte>);
    void end();

    /// From here on there is no further entry, in the archive's bytes; nothing while there may be, or when the reader
    /// gave up.
    std::optional<std::uint64_t> directory_from() const { return directory_from_; }

    std::string summary() const;  ///< "zip: 3 files, 12 columns, 4512 rows, from ..."
    const std::vector<std::string>& reasons() const { return reasons_; }  ///< of single entries: the first few
    std::uint64_t reason_count() const { return reason_count_; }
    const std::string& gave_up() const { return gave_up_; }  ///< why no further entry was read; empty: it did not
    const ZipListing& listing() const { return listing_; }
    bool all_read() const { return all_read_; }  ///< so far, every entry whole
    bool has_unsafe_name() const { return has_unsafe_name_; }
    std::uint64_t files() const { return files_; }
    const CsvContent& content() const { return content_; }

private:
    static std::ptrdiff_t next_block(archive*, void* self, const void** block);
    void read();
    void read_entry(archive*, archive_entry*);
    void read_file(archive*, const std::string& name, const std::string& shown);
    void judge(CsvProbe&, const std::string& shown);
    void note(std::string reason);
    void give_up(std::string why) { gave_up_ = std::move(why); }

    std::uint64_t received_ = 0;
    std::uint64_t unpacked_ = 0;
    std::uint64_t files_ = 0;
    std::uint64_t files_without_row_ = 0;
    CsvContent content_;
    std::string time_from_;
    std::string time_to_;
    std::vector<std::string> reasons_;
    std::uint64_t reason_count_ = 0;
    std::string gave_up_;
    ZipListing listing_;
    bool all_read_ = true;
    bool has_unsafe_name_ = false;
    bool input_over_ = false;
    std::optional<std::uint64_t> directory_from_;
    Pulled input_;  // last: it ends while all else is there
};

}  // namespace garner
