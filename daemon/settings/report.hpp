// Where errors and warnings are gathered while a configuration is read. All of them are wanted, so nothing stops at the
// first.
#pragma once

#include <string>
#include <vector>

#include "settings/load.hpp"

namespace garner {

/// A position in one of the files of a configuration.
struct Place {
    int file = 0;    ///< as Report::add_file() numbered it
    int line = 0;    ///< from 1; 0: the file as a whole
    int column = 0;  ///< from 1, in characters
};

class Report {
public:
    struct File {
        std::string shown;      ///< as given on the command line, or as an include resolved
        std::string directory;  ///< absolute; what relative paths in the file begin from
        unsigned mode = 0;      ///< permission bits
    };

    int add_file(File);
    const File& file(const Place& place) const { return files_.at(static_cast<std::size_t>(place.file)); }
    void set_mode(int file, unsigned mode) { files_.at(static_cast<std::size_t>(file)).mode = mode; }

    void error(const Place&, std::string path, std::string message);
    void warning(const Place&, std::string path, std::string message);

    /// "conf.d/a.yaml:3:5"
    std::string where(const Place&) const;

    bool has_errors() const { return !errors_.empty(); }
    /// Enough is known to be wrong: further errors are dropped, so that a hostile file cannot make a million of them.
    bool full() const { return errors_.size() >= errors_max; }

    /// Errors and warnings in the order of files, lines and columns, each once.
    Loaded finish();

private:
    static constexpr std::size_t errors_max = 1000;

    struct Entry {
        Place place;
        std::string path;
        std::string message;
    };
    std::vector<Diagnostic> sorted(std::vector<Entry>) const;

    std::vector<File> files_;
    std::vector<Entry> errors_;
    std::vector<Entry> warnings_;
};

}  // namespace garner
