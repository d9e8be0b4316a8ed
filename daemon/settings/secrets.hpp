// Fetches secrets from where the configuration says they are. No message ever holds any part of one.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/secret.hpp"
#include "settings/walk.hpp"

namespace garner {

class SecretReader {
public:
    SecretReader(const LoadOptions&, std::function<std::optional<std::string>(const std::string&)> environment,
                 Report&);

    /// The secret under a checked key; empty when it was skipped or cannot be had, which the report says.
    Secret read(const Checked&);

private:
    Secret from_literal(const Checked&, const SecretReference&);
    Secret from_file(const Checked&, const std::string& path);
    Secret from_environment(const Checked&, const std::string& name);
    Secret from_credential(const Checked&, const std::string& name);
    Secret checked(const Checked&, std::string text, const std::string& what);

    Secrets mode_;
    bool credentials_optional_;
    std::function<std::optional<std::string>(const std::string&)> environment_;
    Report& report_;
};

}  // namespace garner
