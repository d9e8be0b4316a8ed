// A secret: a type that cannot be printed, compared by accident or copied into a log. Only `reveal()` gives the text,
// and grep finds every place that does.
#pragma once

#include <string>
#include <string_view>

namespace garner {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { wipe(); }

    const std::string& reveal() const { return text_; }
    bool empty() const { return text_.empty(); }

    template <class Stream>
    friend Stream& operator<<(Stream&, const Secret&) = delete;

private:
    void wipe() noexcept;
    std::string text_;
};

/// Whether both are the same, in a time that does not tell how much of them is.
bool same_text(std::string_view given, std::string_view secret);

}  // namespace garner
