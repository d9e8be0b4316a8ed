#include "core/zip_directory.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace garner {
namespace {

// APPNOTE.TXT 4.3.12 to 4.3.16.
constexpr std::string_view entry_signature("PK\x01\x02");
constexpr std::string_view zip64_end_signature("PK\x06\x06");
constexpr std::string_view zip64_locator_signature("PK\x06\x07");
constexpr std::string_view end_signature("PK\x05\x06");
constexpr std::size_t entry_size = 46;
constexpr std::size_t zip64_end_size = 56;
constexpr std::size_t zip64_locator_size = 20;
constexpr std::size_t end_size = 22;

constexpr std::uint64_t in_zip64_16 = 0xFFFF;
constexpr std::uint64_t in_zip64_32 = 0xFFFFFFFF;

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8U | static_cast<unsigned char>(bytes[i]);
    return value;
}

// The uncompressed size in the ZIP64 extra field, where the header's own has no room for it.
std::uint64_t zip64_size(std::string_view extra) {
    while (extra.size() >= 4) {
        const std::uint64_t id = little_endian(extra.substr(0, 2));
        const std::size_t size = std::min<std::size_t>(little_endian(extra.substr(2, 2)), extra.size() - 4);
        if (id == 1 && size >= 8) return little_endian(extra.substr(4, 8));
        extra.remove_prefix(4 + size);
    }
    return in_zip64_32;
}

std::string at_byte(std::uint64_t at) { return "at byte " + std::to_string(at); }

}  // namespace

void ZipListing::add(std::string_view name, std::uint64_t size) {
    while (name.ends_with('/')) name.remove_suffix(1);
    // A reader may compose the accents of a name, or fail to; such a name counts by its size alone.
    if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) name = {};
    std::uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
    const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001B3U; };
    for (const char c : name) mix(static_cast<unsigned char>(c));
    for (unsigned shift = 0; shift < 64; shift += 8) mix(static_cast<unsigned char>(size >> shift));
    ++entries;
    sum += hash;
}

std::string unsafe_name(std::string_view name) {
    if (name.empty()) return "has no name";
    if (name.find('\0') != std::string_view::npos) return "has a NUL in its name";
    if (name.find('\\') != std::string_view::npos) return "has a backslash in its name";
    if (name.front() == '/' || (name.size() > 1 && name[1] == ':')) return "has an absolute name";
    while (!name.empty()) {
        const std::size_t slash = std::min(name.find('/'), name.size());
        if (name.substr(0, slash) == "..") return "leads out of its directory";
        name.remove_prefix(std::min(slash + 1, name.size()));
    }
    return {};
}

void ZipDirectory::update(std::string_view bytes) {
    while (!bytes.empty() && trouble_.empty()) {
        if (state_ == State::done) {
            trouble_ = "bytes follow the end of the archive, " + at_byte(at_);
            return;
        }
        const std::size_t taken = std::min(bytes.size(), wanted_ - record_.size());
        record_ += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        at_ += taken;
        while (trouble_.empty() && state_ != State::done && record_.size() == wanted_) step();
    }
}

std::string ZipDirectory::finish() {
    if (trouble_.empty() && !ended_) return "the file is cut off: it ends inside the archive's directory";
    if (trouble_.empty() && state_ != State::done) return "the file is cut off: it ends inside the archive's comment";
    return trouble_;
}

void ZipDirectory::step() {
    switch (state_) {
        case State::signature:
            return begin_record();
        case State::entry:
            return take_entry();
        case State::entry_names:
            return take_entry_names();
        case State::zip64_end:
            return take_zip64_end();
        case State::zip64_locator:
            if (number(8, 8) != zip64_at_) trouble_ = "the archive's end points to another place than its directory's";
            return expect(State::signature, 4);
        case State::end:
            return take_end();
        case State::comment:
        case State::done:
            return expect(State::done, 0);
    }
}

void ZipDirectory::begin_record() {
    record_at_ = at_ - record_.size();
    const std::string signature = record_;
    if (signature == entry_signature && !has_zip64_) {
        state_ = State::entry;
        wanted_ = entry_size;
    } else if (signature == zip64_end_signature && !has_zip64_) {
        has_zip64_ = true;
        end_at_ = zip64_at_ = record_at_;
        state_ = State::zip64_end;
        wanted_ = zip64_end_size;
    } else if (signature == zip64_locator_signature && has_zip64_) {
        state_ = State::zip64_locator;
        wanted_ = zip64_locator_size;
    } else if (signature == end_signature) {
        if (!has_zip64_) end_at_ = record_at_;
        state_ = State::end;
        wanted_ = end_size;
    } else {
        trouble_ = "the archive's directory has something else " + at_byte(record_at_);
    }
}

void ZipDirectory::take_entry() {
    state_ = State::entry_names;
    wanted_ = entry_size + number(28, 2) + number(30, 2) + number(32, 2);
}

void ZipDirectory::take_entry_names() {
    const std::size_t name_size = number(28, 2);
    const std::string_view record = record_;
    const std::string_view name = record.substr(entry_size, name_size);
    std::uint64_t size = number(24, 4);
    if (size == in_zip64_32) size = zip64_size(record.substr(entry_size + name_size, number(30, 2)));
    if (const std::string why = unsafe_name(name); !why.empty() && unsafe_.empty())
        unsafe_ = "'" + printable(name, 80) + "' " + why;
    listing_.add(name, size);
    expect(State::signature, 4);
}

void ZipDirectory::take_zip64_end() {
    announced_entries_ = number(32, 8);
    announced_size_ = number(40, 8);
    announced_offset_ = number(48, 8);
    // Its size leaves out the signature and itself; what an extensible sector may add is not known to exist.
    if (number(4, 8) + 12 != zip64_end_size)
        trouble_ = "the archive's end is in an unknown form " + at_byte(record_at_);
    expect(State::signature, 4);
}

void ZipDirectory::take_end() {
    const std::uint64_t entries = number(10, 2);
    const std::uint64_t size = number(12, 4);
    const std::uint64_t offset = number(16, 4);
    if (!has_zip64_ || entries != in_zip64_16) announced_entries_ = entries;
    if (!has_zip64_ || size != in_zip64_32) announced_size_ = size;
    if (!has_zip64_ || offset != in_zip64_32) announced_offset_ = offset;
    const std::size_t comment = number(20, 2);
    trouble_ = wrong_end();
    ended_ = true;
    expect(comment > 0 ? State::comment : State::done, comment);
}

std::string ZipDirectory::wrong_end() const {
    if (announced_entries_ != listing_.entries)
        return "the archive's end announces " + std::to_string(announced_entries_) + " entries, its directory has " +
               std::to_string(listing_.entries);
    if (announced_offset_ != start_ || announced_size_ != end_at_ - start_)
        return "the archive's end announces a directory of " + std::to_string(announced_size_) + " bytes " +
               at_byte(announced_offset_) + ", but it has " + std::to_string(end_at_ - start_) + " " + at_byte(start_);
    return {};
}

void ZipDirectory::expect(State state, std::size_t bytes) {
    state_ = state;
    wanted_ = bytes;
    record_.clear();
}

std::uint64_t ZipDirectory::number(std::size_t offset, std::size_t bytes) const {
    return little_endian(std::string_view(record_).substr(offset, bytes));
}

}  // namespace garner
