// A ZIP archive over contents that are generated where they are read. Stored entries take no memory and may be large;
// deflated ones are packed when the archive is made. No ZIP64: an archive that would need it is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

enum class ZipForm {
    stored,    ///< as it is
    deflated,  ///< with sizes and CRC in the local headers
    streamed,  ///< deflated as Java's ZipOutputStream does: flag bit 3, sizes and CRC follow the data
};

struct ZipEntry {
    std::string name;
    std::shared_ptr<const Content> content;
};

class ZipArchive : public Content {
public:
    /// Throws std::invalid_argument on more than 4 GiB or 65534 entries.
    ZipArchive(const std::vector<ZipEntry>&, ZipForm);

    std::uint64_t size() const override { return size_; }
    void read(std::uint64_t offset, std::span<char> out) const override;

private:
    struct Entry {
        std::string name;
        std::shared_ptr<const Content> data;  ///< as it lies in the archive
        std::uint64_t plain_size = 0;
        std::uint32_t crc = 0;
    };
    struct Piece {
        std::uint64_t offset = 0;
        std::string text;
        std::shared_ptr<const Content> content;  ///< instead of text
        std::uint64_t size() const { return content ? content->size() : text.size(); }
    };

    std::string header(const Entry&, bool central, std::uint64_t offset) const;
    std::vector<Piece> laid_out() const;
    void compute_checksums() const;

    ZipForm form_;
    std::uint64_t size_ = 0;
    mutable std::vector<Entry> entries_;  ///< CRCs of stored entries are computed by the first read
    mutable std::vector<Piece> pieces_;
    mutable std::once_flag checksums_;
};

/// `things` CSV files, named by the mask (the vendor's ${...} words and no extension; empty: the vendor's own), in an
/// archive of about `bytes`.
std::shared_ptr<const Content> seeded_archive(std::uint64_t seed, std::uint64_t things, std::uint64_t bytes, ZipForm,
                                              const std::string& mask, bool hash_names);

}  // namespace garner::sandbox
