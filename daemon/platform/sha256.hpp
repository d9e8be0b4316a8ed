// SHA-256, piece by piece. The digest context is reused; nothing is fetched per call.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace garner {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::span<const std::byte>);
    void update(std::string_view);

    /// 64 characters of lower-case hex; the object starts afresh.
    std::string finish();

    static std::string of(std::string_view);

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace garner
