#include "core/pulled.hpp"

#include <boost/context/preallocated.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <memory>
#include <utility>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define GARNER_ASAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define GARNER_ASAN
#endif
#ifdef GARNER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace garner {
namespace {

// Only what is touched costs memory. The page below it is protected.
constexpr std::size_t stack_size = 256 * 1024;

// The stack belongs to Pulled: it may be freed only after the last sanitizer call.
struct BorrowedStack {
    void deallocate(boost::context::stack_context&) noexcept {}
};

void switching_to([[maybe_unused]] void** kept, [[maybe_unused]] const void* bottom,
                  [[maybe_unused]] std::size_t size) {
#ifdef GARNER_ASAN
    __sanitizer_start_switch_fiber(kept, bottom, size);
#endif
}

void switched([[maybe_unused]] void* kept, [[maybe_unused]] const void** old_bottom,
              [[maybe_unused]] std::size_t* old_size) {
#ifdef GARNER_ASAN
    __sanitizer_finish_switch_fiber(kept, old_bottom, old_size);
#endif
}

void* bottom_of(const boost::context::stack_context& stack) { return static_cast<char*>(stack.sp) - stack.size; }

}  // namespace

Pulled::Pulled(std::function<void(Pulled&)> body)
    : body_(std::move(body)), stack_(boost::context::protected_fixedsize_stack(stack_size).allocate()) {
    inside_ = boost::context::fiber(std::allocator_arg, boost::context::preallocated(stack_.sp, stack_.size, stack_),
                                    BorrowedStack{}, [this](boost::context::fiber&& outside) {
                                        switched(nullptr, &outside_bottom_, &outside_size_);
                                        outside_ = std::move(outside);
                                        try {
                                            body_(*this);
                                        } catch (const std::exception&) {
                                            thrown_ = std::current_exception();
                                        }
                                        switching_to(nullptr, outside_bottom_, outside_size_);
                                        return std::move(outside_);
                                    });
}

Pulled::~Pulled() {
    input_ended_ = true;
    enter();
#ifdef GARNER_ASAN
    __asan_unpoison_memory_region(bottom_of(stack_), stack_.size);
#endif
    boost::context::protected_fixedsize_stack(stack_size).deallocate(stack_);
}

void Pulled::push(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    bytes_ = bytes;
    enter();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Pulled::end() {
    input_ended_ = true;
    enter();
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

std::span<const std::byte> Pulled::next() {
    if (bytes_.empty() && !input_ended_) {
        void* kept = nullptr;
        switching_to(&kept, outside_bottom_, outside_size_);
        outside_ = std::move(outside_).resume();
        switched(kept, &outside_bottom_, &outside_size_);
    }
    return std::exchange(bytes_, {});
}

void Pulled::enter() {
    if (!inside_) return;
    void* kept = nullptr;
    switching_to(&kept, bottom_of(stack_), stack_.size);
    inside_ = std::move(inside_).resume();
    switched(kept, nullptr, nullptr);
}

}  // namespace garner
