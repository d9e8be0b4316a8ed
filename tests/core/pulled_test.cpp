// Code that pulls, run on bytes that are pushed: whatever the pieces, however early it ends or is given up.
#include "core/pulled.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace garner {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text(std::span<const std::byte> piece) {
    return {reinterpret_cast<const char*>(piece.data()), piece.size()};
}

TEST(Pulled, TheBodySeesEachPieceOnceAndThenTheEnd) {
    std::vector<std::string> seen;
    Pulled pulled([&](Pulled& input) {
        for (std::string piece = text(input.next()); !piece.empty(); piece = text(input.next())) seen.push_back(piece);
        seen.emplace_back("end");
        EXPECT_TRUE(input.next().empty()) << "the end stays";
    });
    EXPECT_TRUE(seen.empty()) << "it begins with the first piece";
    pulled.push(bytes("ab"));
    pulled.push(bytes(""));
    pulled.push(bytes("c"));
    EXPECT_EQ(seen, (std::vector<std::string>{"ab", "c"}));
    pulled.end();
    EXPECT_EQ(seen, (std::vector<std::string>{"ab", "c", "end"}));
    pulled.end();
    pulled.push(bytes("d"));
    EXPECT_EQ(seen.size(), 3U);
}

TEST(Pulled, ABodyThatReturnsEarlyIgnoresTheRest) {
    int pieces = 0;
    Pulled pulled([&](Pulled& input) { pieces += input.next().empty() ? 0 : 1; });
    for (int i = 0; i < 3; ++i) pulled.push(bytes("x"));
    pulled.end();
    EXPECT_EQ(pieces, 1);
}

TEST(Pulled, WhoeverIsGivenUpReturnsCleanly) {
    const auto alive = std::make_shared<int>(1);
    for (const int pieces : {0, 1, 2}) {
        Pulled pulled([mine = alive](Pulled& input) {
            const std::string held(100, static_cast<char>('a' + *mine));
            while (!input.next().empty()) EXPECT_EQ(held.size(), 100U);
        });
        for (int i = 0; i < pieces; ++i) pulled.push(bytes("x"));
    }
    EXPECT_EQ(alive.use_count(), 1);
}

TEST(Pulled, WhatTheBodyThrowsReachesWhoPushed) {
    Pulled pulled([](Pulled& input) {
        input.next();
        if (text(input.next()) == "bad") throw std::runtime_error("bad piece");
    });
    pulled.push(bytes("good"));
    EXPECT_THROW(pulled.push(bytes("bad")), std::runtime_error);
    pulled.push(bytes("more"));
    pulled.end();
}

TEST(Pulled, ManyRunInTurnsAndInsideEachOther) {
    std::string order;
    std::vector<std::unique_ptr<Pulled>> all;
    for (const char name : {'a', 'b', 'c'})
        all.push_back(std::make_unique<Pulled>([&order, name](Pulled& input) {
            Pulled inner([&order](Pulled& own) {
                while (!own.next().empty()) order += '.';
            });
            for (auto piece = input.next(); !piece.empty(); piece = input.next()) {
                order += name;
                inner.push(piece);
            }
        }));
    for (int i = 0; i < 2; ++i)
        for (const auto& one : all) one->push(bytes("x"));
    all.clear();
    EXPECT_EQ(order, "a.b.c.a.b.c.");
}

}  // namespace
}  // namespace garner
