#include "settings/secrets.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "core/text.hpp"
#include "settings/file.hpp"
#include "settings/words.hpp"

namespace garner {
namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;

std::string octal(unsigned mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

// Editors and `echo` end a file with a line break; a secret has none of its own.
void trim_one_line_end(std::string& text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
}

}  // namespace

SecretReader::SecretReader(const LoadOptions& options,
                           std::function<std::optional<std::string>(const std::string&)> environment, Report& report)
    : mode_(options.secrets),
      credentials_optional_(options.credentials_optional),
      environment_(std::move(environment)),
      report_(report) {}

Secret SecretReader::read(const Checked& key) {
    if (mode_ == Secrets::skip) return {};
    const auto& reference = std::get<SecretReference>(key.value);
    switch (reference.form) {
        case SecretReference::Form::literal:
            return from_literal(key, reference);
        case SecretReference::Form::file:
            return from_file(key, reference.name);
        case SecretReference::Form::env:
            return from_environment(key, reference.name);
        case SecretReference::Form::credential:
            return from_credential(key, reference.name);
    }
    return {};
}

Secret SecretReader::from_literal(const Checked& key, const SecretReference& reference) {
    const Report::File& file = report_.file(key.place);
    if ((file.mode & 0077U) != 0)
        report_.warning(key.place, key.path,
                        "a secret in a file that others may read (mode " + octal(file.mode) + "): chmod 0600 " +
                            printable(file.shown) + ", or take {file: PATH}");
    return checked(key, reference.literal.reveal(), "the secret");
}

Secret SecretReader::from_file(const Checked& key, const std::string& path) {
    const std::string full = absolute_path(report_.file(key.place).directory, path);
    const std::string what = "secret file " + printable(full);
    Result<SmallFile> file = read_small_file(full, secret_bytes_max);
    if (!file) {
        report_.error(key.place, key.path, what + " " + file.error().what);
        return {};
    }
    if ((file->mode & 0007U) != 0) {
        report_.error(key.place, key.path,
                      what + " is open to every user (mode " + octal(file->mode) + "): chmod o= " + printable(full));
        return {};
    }
    trim_one_line_end(file->bytes);
    return checked(key, std::move(file->bytes), what);
}

Secret SecretReader::from_environment(const Checked& key, const std::string& name) {
    const auto value = environment_(name);
    if (value) return checked(key, *value, "environment variable " + name);
    report_.error(key.place, key.path, "environment variable " + name + " is not set");
    return {};
}

Secret SecretReader::from_credential(const Checked& key, const std::string& name) {
    const auto directory = environment_("CREDENTIALS_DIRECTORY");
    if (!directory || directory->empty()) {
        if (credentials_optional_)
            report_.warning(key.place, key.path,
                            "credential " + name + " can only be read by the service, so it was not checked");
        else
            report_.error(key.place, key.path,
                          "credential " + name +
                              " cannot be read: $CREDENTIALS_DIRECTORY is not set; the unit needs LoadCredential=" +
                              name + ":PATH");
        return {};
    }
    const std::string full = absolute_path(*directory, name);
    Result<SmallFile> file = read_small_file(full, secret_bytes_max);
    if (!file) {
        report_.error(
            key.place, key.path,
            "credential " + name + " " + file.error().what + "; the unit needs LoadCredential=" + name + ":PATH");
        return {};
    }
    trim_one_line_end(file->bytes);
    return checked(key, std::move(file->bytes), "credential " + name);
}

Secret SecretReader::checked(const Checked& key, std::string text, const std::string& what) {
    Secret secret(std::move(text));
    const std::string& bytes = secret.reveal();
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    std::string why;
    if (bytes.empty()) why = " is empty";
    if (bytes.size() > secret_bytes_max) why = " is longer than " + format_size(secret_bytes_max);
    if (std::any_of(bytes.begin(), bytes.end(), is_control))
        why = " holds a line break or another control character; it must be one line of text";
    if (why.empty()) return secret;
    report_.error(key.place, key.path, what + why);
    return {};
}

}  // namespace garner
