// From YAML text to checked Settings, or all errors with file, line, column and key path. PRODUCT.md section 3.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/settings.hpp"

namespace garner {

struct Diagnostic {
    std::string file;
    int line = 0;         ///< from 1; 0 where the file itself is the problem
    int column = 0;       ///< from 1, in characters
    std::string path;     ///< "jobs.telemetry.shedule"
    std::string message;  ///< "unknown key, did you mean 'schedule'?"

    /// "garner.yaml:14:5: jobs.telemetry.shedule: unknown key, did you mean 'schedule'?"
    std::string text() const;
};

struct Loaded {
    std::optional<Settings> settings;  ///< only when there are no errors
    std::vector<Diagnostic> errors;
    std::vector<Diagnostic> warnings;
};

enum class Secrets {
    read,  ///< the daemon and `garner check`: a secret that cannot be read is an error
    skip,  ///< commands that only read the ledger
};

/// What loading needs of the world, replaceable in tests.
struct LoadOptions {
    Secrets secrets = Secrets::read;
    /// Value of an environment variable; nothing when unset. Default: the process's environment.
    std::function<std::optional<std::string>(const std::string&)> environment;
    /// For `garner check`, which runs without the service's credentials: `{credential: NAME}` is then a warning "not
    /// checked" where $CREDENTIALS_DIRECTORY is not set. In the daemon it is an error.
    bool credentials_optional = false;
};

/// Loads the file and what it includes. Never throws on bad input.
Loaded load_settings(const std::string& path, const LoadOptions& = {});

}  // namespace garner
