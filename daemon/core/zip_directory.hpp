// The central directory at the end of a ZIP archive, streamed: a reader of entries never gets here, and a file that is
// cut behind its last entry shows nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace garner {

/// What entries are compared by, whatever their order: their number and a sum of hashes of their names and sizes.
struct ZipListing {
    std::uint64_t entries = 0;
    std::uint64_t sum = 0;
    void add(std::string_view name, std::uint64_t size);
    friend bool operator==(const ZipListing&, const ZipListing&) = default;
};

/// Why a name must not be unpacked as it is: absolute, "..", backslash, NUL, empty; nothing when it may.
std::string unsafe_name(std::string_view name);

class ZipDirectory {
public:
    /// `at`: where in the archive the first byte that comes stands.
    explicit ZipDirectory(std::uint64_t at) : start_(at), at_(at) {}

    void update(std::string_view bytes);

    /// Why the archive does not end as it should; empty when it does.
    std::string finish();

    const ZipListing& listing() const { return listing_; }
    const std::string& unsafe() const { return unsafe_; }  ///< the first unsafe name, with why; empty: none

private:
    enum class State { signature, entry, entry_names, zip64_end, zip64_locator, end, comment, done };

    void step();
    void begin_record();
    void take_entry();
    void take_entry_names();
    void take_zip64_end();
    void take_end();
    std::string wrong_end() const;
    void expect(State state, std::size_t bytes);
    std::uint64_t number(std::size_t offset, std::size_t bytes) const;

    State state_ = State::signature;
    std::string record_;       // of the record that is being read
    std::size_t wanted_ = 4;   // bytes of it that are needed for the next step
    std::uint64_t start_ = 0;  // of the directory
    std::uint64_t at_ = 0;     // of the next byte
    std::uint64_t record_at_ = 0;
    std::uint64_t end_at_ = 0;  // where the directory's entries end
    std::string trouble_;
    std::string unsafe_;
    ZipListing listing_;
    std::uint64_t zip64_at_ = 0;
    bool has_zip64_ = false;
    bool ended_ = false;
    std::uint64_t announced_entries_ = 0;
    std::uint64_t announced_size_ = 0;
    std::uint64_t announced_offset_ = 0;
};

}  // namespace garner
