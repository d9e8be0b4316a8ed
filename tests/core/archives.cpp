#include "core/archives.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <stdexcept>

namespace garner::testing_archives {
namespace {

std::string number(std::uint64_t value, unsigned bytes) {
    std::string text;
    for (unsigned i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
}

la_ssize_t append(archive*, void* to, const void* bytes, std::size_t size) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

void must(archive* a, int code) {
    if (code != ARCHIVE_OK) throw std::runtime_error(archive_error_string(a));
}

}  // namespace

std::string zip_of(const std::vector<Member>& members, const std::string& options) {
    std::string bytes;
    const std::unique_ptr<archive, int (*)(archive*)> a(archive_write_new(), &archive_write_free);
    must(a.get(), archive_write_set_format_zip(a.get()));
    must(a.get(), archive_write_set_options(a.get(), options.c_str()));
    must(a.get(), archive_write_set_bytes_in_last_block(a.get(), 1));
    must(a.get(), archive_write_open(a.get(), &bytes, nullptr, &append, nullptr));
    for (const Member& member : members) {
        const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), &archive_entry_free);
        archive_entry_set_pathname(entry.get(), member.name.c_str());
        archive_entry_set_filetype(entry.get(), member.name.ends_with('/') ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.content.size()));
        must(a.get(), archive_write_header(a.get(), entry.get()));
        if (!member.content.empty()) archive_write_data(a.get(), member.content.data(), member.content.size());
    }
    must(a.get(), archive_write_close(a.get()));
    return bytes;
}

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1U ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

std::string RawZip::bytes() const {
    std::string archive;
    std::string directory;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const Member& member = members[i];
        const std::string name = i < listed.size() ? listed[i] : member.name;
        const std::string common = number(20, 2) + number(flags, 2) + number(method, 2) + number(0, 4) +
                                   number(crc32(member.content), 4) + number(member.content.size(), 4) +
                                   number(member.content.size(), 4);
        directory += "PK\x01\x02" + number(20, 2) + common + number(name.size(), 2) + std::string(12, 0) +
                     number(archive.size(), 4) + name;
        archive += "PK\x03\x04" + common + number(member.name.size(), 2) + number(0, 2) + member.name + member.content;
    }
    archive += before_directory;
    const std::uint64_t offset = archive.size();
    const std::uint64_t count = members.size() + static_cast<std::uint64_t>(count_off_by);
    archive += directory;
    if (zip64_end) {
        const std::uint64_t end_at = archive.size();
        archive += "PK\x06\x06" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) + number(count, 8) +
                   number(count, 8) + number(directory.size(), 8) + number(offset, 8);
        archive += "PK\x06\x07" + number(0, 4) + number(end_at, 8) + number(1, 4);
    }
    archive += "PK\x05\x06" + number(0, 4);
    archive += zip64_end ? number(0xFFFF, 2) + number(0xFFFF, 2) + number(0xFFFFFFFF, 4) + number(0xFFFFFFFF, 4)
                         : number(count, 2) + number(count, 2) + number(directory.size(), 4) + number(offset, 4);
    return archive + number(comment.size(), 2) + comment;
}

}  // namespace garner::testing_archives
