// Certificates for tests, made when they are needed: a CA and what it signs, good and bad.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace garner::testing_http {

struct KeyPair {
    std::string certificate_pem;
    std::string key_pem;
};

struct CertificateWish {
    std::vector<std::string> dns_names{"localhost"};
    std::vector<std::string> addresses{"127.0.0.1"};
    int valid_from_days = -1;
    int valid_to_days = 30;
    bool self_signed = false;
};

class Authority {
public:
    explicit Authority(const std::string& name);
    ~Authority();

    const std::string& certificate_pem() const;
    KeyPair issue(const CertificateWish& = {}) const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// The one that most tests trust; made once.
const Authority& test_authority();

/// A directory of its own, gone with the object.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    std::string write(const std::string& name, const std::string& content) const;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace garner::testing_http
