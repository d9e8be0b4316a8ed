// The longest prefix wins, for rooms as for libraries: `boost/asio/ssl` is not allowed by `boost/asio`.
#include "tidy_test/rooms.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>

namespace garner::tidy {

namespace {

const std::string posix = "POSIX";

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::size_t from = 1;  // after the first bar
    for (std::size_t bar = line.find('|', from); bar != std::string::npos; bar = line.find('|', from)) {
        cells.push_back(line.substr(from, bar - from));
        from = bar + 1;
    }
    return cells;
}

// The words between backquotes.
std::vector<std::string> quoted_words(const std::string& cell) {
    static const std::regex word("`([^`]+)`");
    std::vector<std::string> words;
    for (std::sregex_iterator it(cell.begin(), cell.end(), word), end; it != end; ++it) words.push_back((*it)[1]);
    return words;
}

const Room* room_of(const std::vector<Room>& rooms, const std::string& path) {
    const Room* best = nullptr;
    for (const Room& room : rooms) {
        if (path.starts_with(room.prefix) && (!best || room.prefix.size() > best->prefix.size())) best = &room;
    }
    return best;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// The library that an include belongs to, as the table names it; nothing for the standard library.
std::optional<std::string> library_of(const std::vector<Room>& rooms, const std::string& header) {
    std::string best;
    for (const Room& room : rooms) {
        for (const std::string& library : room.libraries) {
            if (header.starts_with(library) && library.size() > best.size()) best = library;
        }
    }
    if (!best.empty()) return best;
    static const std::set<std::string> of_systems{"sys/", "netinet/", "arpa/", "net/", "linux/"};
    for (const std::string& prefix : of_systems) {
        if (header.starts_with(prefix)) return posix;
    }
    if (header.find('/') != std::string::npos) return header.substr(0, header.find('/'));
    if (header.ends_with(".h")) return posix;
    return std::nullopt;
}

void judge_one(const std::vector<Room>& rooms, const Room& own, const std::string& where_it_is, char quote,
               const std::string& header, std::vector<Finding>& findings) {
    if (quote == '<') {
        const auto library = library_of(rooms, header);
        if (library && !contains(own.libraries, *library)) {
            findings.push_back({where_it_is, "<" + header + "> is not for " + own.prefix + ": the room table gives `" +
                                                 *library + "` to other rooms only"});
        }
        return;
    }
    if (!exists_in_tree("daemon/" + header)) {
        findings.push_back(
            {where_it_is, "\"" + header + "\" is no file below daemon/; includes are written from there"});
        return;
    }
    const Room* other = room_of(rooms, header);
    if (other && other != &own && !contains(own.rooms, other->prefix)) {
        findings.push_back({where_it_is, own.prefix + " must not include " + other->prefix + " (\"" + header + "\")"});
    }
}

}  // namespace

std::vector<Room> read_rooms(std::string_view markdown) {
    std::vector<Room> rooms;
    bool inside = false;
    std::size_t from = 0;
    while (from < markdown.size()) {
        const std::size_t end = std::min(markdown.find('\n', from), markdown.size());
        const std::string line(markdown.substr(from, end - from));
        from = end + 1;
        if (line.starts_with("| room")) {
            inside = true;
        } else if (!line.starts_with("|")) {
            inside = false;
        } else if (inside && !line.starts_with("|-")) {
            const auto cells = cells_of(line);
            if (cells.size() < 4 || quoted_words(cells[0]).size() != 1)
                throw std::runtime_error("broken row of the room table: " + line);
            rooms.push_back({quoted_words(cells[0])[0], quoted_words(cells[1]), quoted_words(cells[2])});
        }
    }
    if (rooms.empty()) throw std::runtime_error("docs/ARCHITECTURE.md has no room table");
    for (const Room& room : rooms) {
        for (const std::string& other : room.rooms) {
            const auto is_it = [&](const Room& r) { return r.prefix == other; };
            if (std::none_of(rooms.begin(), rooms.end(), is_it)) {
                throw std::runtime_error("the room table lets " + room.prefix + " include " + other +
                                         ", which it does not have");
            }
        }
    }
    return rooms;
}

std::vector<Finding> judge_includes(const std::vector<Room>& rooms, const SourceFile& file) {
    static const std::regex include(R"re(^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"])re", std::regex::multiline);
    std::vector<Finding> findings;
    const Room* own = room_of(rooms, file.path.substr(std::string("daemon/").size()));
    if (!own) return {{file.path, "is in no room of the table in docs/ARCHITECTURE.md"}};
    for (std::sregex_iterator it(file.text.begin(), file.text.end(), include), end; it != end; ++it) {
        const std::string place = where(file, static_cast<std::size_t>(it->position(1)));
        judge_one(rooms, *own, place, it->str(1)[0], it->str(2), findings);
    }
    return findings;
}

}  // namespace garner::tidy
