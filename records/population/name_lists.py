"""The lists that names are drawn from: `word weight, word weight`; a word without weight weighs 1.

Frequencies of family names follow the counts that linguists and the population census give; the
given names are those of the south.
"""

# ruff: noqa: E501, ISC004 (lists of words, not code)

FAMILIES = (
    "Nguyễn 1520, Trần 440, Lê 380, Phạm 280, Huỳnh 175, Hoàng 25, Phan 180, Võ 120, Vũ 36, Đặng 84,"
    " Bùi 80, Đỗ 56, Hồ 52, Ngô 52, Dương 40, Lý 20, Trương 48, Đinh 28, Đoàn 26, Mai 22, Lâm 24, Trịnh 20,"
    " Cao 20, Lương 18, Đào 18, Hà 16, Tạ 12, Tô 12, Châu 12, Thái 11, Tống 8, Từ 8, La 8, Văn 7, Kiều 7,"
    " Lưu 14, Quách 7, Diệp 6, Phùng 10, Vương 8, Tăng 6, Thân 4, Mạc 4, Ông 3, Phó 3, Lại 5, Chu 6, Doãn 3,"
    " Khổng 2, Nghiêm 3, Ninh 3, Nhan 2, Bành 2, Giang 4, Hứa 4, Kim 4, Liêu 2, Lục 2, Mạch 2, Nhâm 2, Ngụy 2,"
    " Ngũ 2, Nhữ 1, Ôn 1, Quan 2, Quảng 1, Sầm 1, Sử 1, Tiêu 3, Tôn 3, Tôn Nữ 1, Tôn Thất 2, Thạch 2, Thi 2,"
    " Thiều 1, Tiết 1, Trà 1, Triệu 3, Trình 2, Ung 1, Âu 2, Âu Dương 1, Bạch 2, Biện 1, Bồ 1, Cái 1, Cù 2,"
    " Cung 1, Đàm 3, Đàng 1, Đậu 2, Đổng 1, Đồng 2, Đới 1, Giáp 1, Hàn 1, Hầu 1, Hồng 2, Hùng 1, Hướng 1,"
    " Khưu 2, Khúc 1, Lều 1, Lữ 2, Mã 2, Mẫn 1, Nông 1, Phí 1, Phù 1, Quế 1, Sơn 1, Thẩm 1, Thang 1, Thới 1,"
    " Tào 1, Trang 2, Trầm 1, Tưởng 1, Úc 1, Uông 1, Viên 1, Viết 1, Vi 1, Xa 1, Yên 1, Y 1"
)
PEOPLES = (
    "Kinh 9700, Hoa 70, Khmer 100, Chăm 14, Tày 24, Nùng 18, Mường 16, Thái 8, Ê Đê 12, Xtiêng 8, Mông 5,"
    " Gia Rai 5, Xơ Đăng 4, Dao 4, Cơ Ho 3, Mnông 3, Ba Na 2, Thổ 2, Sán Chay 2"
)
MIDDLES = {
    "M": (
        "Văn 60, Hữu 6, Công 4, Ngọc 4, Đình 4, Tấn 4, Thanh 4, Thành 3, Minh 3, Bá 2, Phước 2, - 4",
        "Văn 50, Hữu 6, Thanh 8, Ngọc 6, Minh 8, Công 5, Hoàng 6, Quốc 4, Tấn 4, Đình 3, Đức 4, Phước 3, - 3",
        "Văn 20, Hoàng 10, Minh 12, Thanh 10, Quốc 8, Ngọc 8, Hữu 6, Đức 6, Tuấn 5, Trọng 4, Phước 3, Nhật 3,"
        " Anh 3, Công 3, Thành 4, Hoài 3, - 2",
        "Minh 12, Gia 10, Hoàng 10, Quốc 8, Tuấn 6, Nhật 6, Đức 6, Thành 5, Thiên 5, Bảo 4, Anh 4, Văn 4",
    ),
    "F": (
        "Thị 92, Ngọc 3, Kim 3, - 2",
        "Thị 68, Ngọc 8, Kim 7, Thanh 5, Mỹ 4, Hồng 3, Thu 3, Bích 2, Tuyết 1, Thị Kim 3, Thị Ngọc 4, Thị Thu 3",
        "Thị 28, Ngọc 12, Kim 9, Thanh 9, Thị Ngọc 8, Thị Thanh 7, Thị Kim 6, Thị Thu 5, Thị Mỹ 4, Hồng 4,"
        " Mỹ 5, Bích 4, Phương 4, Thùy 5, Thị Thùy 3, Hoàng 2, Minh 2",
        "Ngọc 14, Thị 6, Kim 7, Thanh 8, Bảo 6, Gia 6, Minh 6, Khánh 6, Phương 5, Thảo 4, Thị Ngọc 3, Hoàng 3",
    ),
}
GIVEN = {
    "M": (
        "Ba 4, Bảy 4, Tư 3, Năm 3, Sáu 4, Tám 3, Chín 3, Út 3, Hai 4, Hùng 6, Dũng 4, Thành 6, Đức 4, Minh 6,"
        " Sơn 5, Long 4, Phước 5, Lợi 4, Quang 4, Hòa 5, Bình 5, Lộc 3, Nghĩa 4, Tài 4, Thọ 3, Hải 4, Trung 4,"
        " Kiệt 2, Đực 2, Tèo 1, Sang 3, Lành 2, Cảnh 2, Chánh 2, Khởi 1, Nhơn 3, Nhứt 2, Phẩm 1, Rớt 1, Thuận 3",
        "Hùng 14, Dũng 12, Tuấn 9, Thanh 8, Minh 9, Hải 8, Sơn 8, Long 6, Thành 9, Trung 7, Phúc 5, Tâm 6, Hòa 6,"
        " Bình 7, Cường 7, Đức 6, Lợi 4, Lộc 4, Nam 5, Nghĩa 4, Phong 5, Phương 3, Quang 6, Tài 4, Thắng 6,"
        " Thuận 3, Toàn 4, Việt 3, Vinh 4, Đông 2, Đạt 2, Hiếu 3, Khanh 2, Khải 1, Sang 3, Tùng 3, Hưng 4, Tiến 4",
        "Tuấn 13, Anh 8, Minh 9, Duy 8, Hiếu 8, Huy 9, Hoàng 8, Khang 2, Khoa 5, Kiệt 4, Lâm 3, Linh 2, Long 6,"
        " Nam 7, Nghĩa 5, Nhân 4, Phong 6, Phú 4, Phúc 5, Quân 4, Sang 4, Sơn 4, Tài 5, Tân 4, Tâm 5, Thái 4,"
        " Thành 5, Thịnh 5, Thắng 4, Toàn 3, Trung 5, Trí 3, Trường 3, Tùng 4, Tú 3, Việt 3, Vũ 6, Đạt 7, Đức 5",
        "Anh 8, Khang 9, Khôi 6, Huy 7, Bảo 7, Phúc 7, Minh 9, Khoa 6, Phát 6, Thịnh 5, Đạt 5, Long 4, Nam 5,"
        " Quân 5, Kiệt 6, An 4, Nhân 4, Nguyên 5, Khánh 3, Duy 4, Hưng 4, Thiên 3, Tài 3, Lộc 2, Vinh 3, Tuấn 3",
    ),
    "F": (
        "Ba 4, Bảy 4, Tư 4, Năm 4, Sáu 4, Tám 3, Chín 3, Út 4, Hai 4, Lan 6, Hoa 6, Huệ 5, Cúc 5, Mai 4, Liên 4,"
        " Nga 3, Hồng 5, Sen 3, Đào 3, Bông 2, Lành 3, Hiền 3, Lệ 3, Ngọc 3, Nguyệt 4, Phượng 3, Sương 3, Thu 4,"
        " Tuyết 4, Xuân 4, Yến 2, Gái 3, Bé 4, Đẹp 2, Lài 2, Mận 2, Thơm 2, Xinh 1, Hường 3, Loan 3, Rớt 1, Nhàn 1",
        "Lan 11, Hoa 8, Hương 9, Hồng 9, Thủy 9, Nga 7, Mai 8, Loan 6, Liên 6, Phượng 6, Tuyết 7, Thu 7, Hạnh 6,"
        " Hằng 5, Hà 5, Hiền 6, Dung 6, Cúc 4, Bích 3, Đào 2, Huệ 3, Kim 2, Lệ 4, Nguyệt 4, Nhung 4, Oanh 4,"
        " Phương 6, Thanh 5, Thảo 4, Trang 4, Vân 6, Yến 5, Xuân 4, Ánh 3, Diệu 2, Hường 4, Thúy 6, Ngọc 4, Sương 2",
        "Trang 11, Linh 9, Thảo 9, Ngân 7, Hương 6, Huyền 6, Phương 9, Trâm 6, Trinh 5, Tuyền 4, Nhung 5, Hằng 5,"
        " Yến 6, Vy 5, Thúy 4, Thư 5, Tiên 5, Thi 3, Ngọc 5, Nhi 6, Như 5, My 4, Mai 5, Loan 3, Lan 4, Kiều 3,"
        " Hạnh 4, Hiền 5, Hà 4, Hân 3, Giang 4, Duyên 5, Dung 3, Diễm 4, Diệu 2, Châu 3, Chi 3, Anh 7, Quyên 4",
        "Vy 9, Nhi 8, Ngân 7, Thư 8, Trân 6, Hân 8, Anh 9, My 6, Ngọc 5, Như 7, Quỳnh 5, Trâm 5, Tiên 5, Thảo 4,"
        " Linh 5, Uyên 4, Vân 3, Yến 4, Châu 4, Chi 4, An 4, Ý 3, Nghi 4, Khuê 1, Hà 2, Mai 3, Phương 5, Trúc 4",
    ),
}
MODERN = {
    "M": (
        "Gia Bảo 10, Minh Khang 9, Gia Huy 9, Minh Khôi 8, Bảo Khang 7, Đăng Khoa 7, Hoàng Phúc 6, Gia Hưng 5,"
        " Phúc Khang 5, Minh Quân 6, Anh Khoa 5, Nhật Minh 6, Tuấn Kiệt 6, Thiên Phúc 4, Hoàng Long 4, Quốc Bảo 5,"
        " Minh Nhật 5, Thiên Ân 4, Minh Triết 3, Đăng Khôi 4, Phúc Thịnh 4, Tấn Phát 4, Minh Đức 4, Hải Đăng 4,"
        " Quang Minh 3, Thành Đạt 4, Trọng Nhân 3, Anh Tuấn 4, Hữu Phước 3, Minh Trí 3, Duy Anh 3, Quốc Huy 4,"
        " Bảo Nam 2, Khánh Duy 2, Chí Kiên 2, Trung Hiếu 3, Hoàng Nam 3, Nhật Hào 2, Phước An 1, Bảo Thiên Phú 1"
    ),
    "F": (
        "Bảo Ngọc 9, Gia Hân 9, Ngọc Hân 6, Khánh Vy 7, Bảo Trân 6, Thảo Vy 5, Ngọc Diệp 4, Minh Anh 6, Quỳnh Anh 5,"
        " Bảo Anh 5, Phương Anh 5, Thanh Trúc 5, Kim Ngân 7, Tuyết Nhi 4, Yến Nhi 6, Bảo Châu 5, Minh Thư 6, Anh Thư 8,"
        " Cát Tường 3, An Nhiên 5, Tường Vy 5, Như Ý 6, Hồng Ân 2, Khánh Ngọc 4, Phương Linh 3, Ngọc Trâm 4, Mỹ Duyên 3,"
        " Thiên Kim 4, Gia Linh 3, Ngọc Bảo Châu 2, Hoàng Bảo Ngọc 2, Diệu Hiền 1, Tú Uyên 2, Mai Phương 2, Đan Thanh 1,"
        " Trúc Quỳnh 2, Thùy Dương 3, Ngọc Lan Anh 1, Bích Trâm 2, Hà My 3, Uyên Nhi 2, Song Thư 1, Nhã Uyên 2"
    ),
}
RARE = {
    "M": (
        "Ân, Ẩn, Bách, Bằng, Bôn, Bửu, Ca, Cẩn, Cầu, Chất, Chí, Chiểu, Chu, Cương, Cừ, Danh, Dần, Diễn, Doanh, Dự,"
        " Đa, Đài, Đạm, Đẩu, Điền, Đỉnh, Định, Đoan, Đô, Đồng, Đương, Giáp, Giới, Hạo, Hậu, Hoạch, Hoan, Hoằng, Huân,"
        " Huấn, Hữu, Hy, Kha, Khiêm, Khuyến, Khương, Kỳ, Lãm, Lân, Lập, Liêm, Luân, Luật, Lực, Lưỡng, Mạnh, Mẫn, Mậu,"
        " Mỹ, Nghị, Nghiêm, Ngộ, Nguyện, Nhẫn, Nhiệm, Ninh, Phán, Phấn, Phi, Phổ, Phụng, Quảng, Quế, Quốc, Quyết, Sáng,"
        " Sĩ, Sử, Sỹ, Tá, Tấn, Thạc, Thạch, Thăng, Thận, Thể, Thiệp, Thiệu, Thông, Thời, Thơ, Thụ, Thuyên, Thức, Tích,"
        " Tiếp, Tín, Tính, Toại, Tôn, Trác, Tri, Triều, Triệu, Trình, Trọng, Trực, Tuệ, Tuyên, Tường, Tự, Uy, Vạn, Văn,"
        " Viên, Viễn, Vĩ, Vọng, Vương, Vượng, Vỹ, Xướng, Ý, Y"
    ),
    "F": (
        "Ái, Ân, An, Băng, Ca, Cam, Cầm, Chanh, Chiêu, Chung, Cơ, Dạ, Dao, Dâng, Dậu, Di, Diên, Diệp, Dịu, Duệ, Dư, Đan,"
        " Đang, Điệp, Đoan, Đoá, Đông, Gấm, Giao, Hài, Hào, Hoài, Hoàn, Hoàng, Hợp, Huê, Huỳnh, Hỷ, Ích, Khánh, Khuyên,"
        " Khương, Kỳ, Lam, Lãm, Lân, Lê, Liễu, Lụa, Luyến, Lựu, Lý, Mẫn, Miên, Minh, Mơ, Mộng, Mùi, Muội, Mừng, Mỵ, Na,"
        " Nết, Ngà, Ngoan, Nguyên, Nhạn, Nhã, Nhài, Nhạc, Nhiên, Nhu, Nụ, Nương, Phấn, Phi, Phụng, Phước, Quế, Quy, Quý,"
        " Sáng, Sâm, Son, San, Tằm, Tần, Thái, Thắm, Thêm, Thêu, Thoa, Thoại, Thục, Thuyên, Thương, Thường, Tịnh, Tĩnh,"
        " Tố, Tơ, Trà, Tràm, Triều, Trúc, Tuệ, Tuyến, Tươi, Út, Vàng, Viên, Vinh, Vui, Xoàn, Xuyến, Y, Yên"
    ),
}
FROM_MOTHER = frozenset({"Ê Đê", "Gia Rai", "Cơ Ho", "Mnông"})
_HOA = (
    "Trần 9, Lâm 8, Lý 7, Huỳnh 6, Trương 5, Quách 4, Vương 4, Tăng 3, La 3, Lưu 4, Thái 3, Ông 1, Mạch 2, Diệp 2,"
    " Hàng 1, Khưu 2, Phùng 2, Ngô 4, Châu 3, Hứa 2, Lương 3, Giang 2, Tô 2, Xìn 1, Sú 1, Chướng 1, Vòng 3, Chíu 2,"
    " Voòng 1, Sầm 1, Phún 1, Tằng 1, Lầu 1, Ngũ 1, Cam 1, Âu 1"
)
_NORTH = "Hoàng 8, Nông 8, Triệu 3, Hà 3, Ma 3, Đàm 3, Lương 5, Bế 3, Dương 3, Lý 3, Vi 3, Chu 2, Lục 2, Hứa 2, Lộc 1"
_NORTH_MEN = "Văn Thắng, Văn Lâm, Văn Sơn, Đình Khiêm, Văn Thuận, Quốc Toản, Văn Hợi, Văn Tuyến, Minh Tú, Văn Páo, Trung Kiên"
_NORTH_WOMEN = "Thị Hoa, Thị Mai, Thị Bưởi, Thị Nhung, Thị Sen, Thị Lưu, Thị Thắm, Thùy Linh, Thị Nghiệp, Thị Slao"
#: people: (families, men's given names, women's, how a man's name is put together, how a woman's)
CUSTOMS = {
    "Hoa": (
        _HOA,
        "Vĩnh Phát, Chí Cường, Gia Vĩ, Quốc Cường, Kiến Minh, Chấn Hưng, A Sáng, A Múi, Cẩm Minh, Diệu Tường, Siêu, Tài,"
        " Thành Lợi, Vĩ Kiệt, Bửu Toàn, Nhật Hào, Kim Phát, A Tỷ",
        "Mỹ Linh, Tuyết Nga, Bội Lan, Ngọc Phụng, Mỹ Phụng, Huệ Linh, Tú Anh, Lệ Quân, Bội Nghi, Muối, A Muối, Sìn Múi,"
        " Cẩm Tú, Bảo Nhi, Gia Nghi, Tuệ Mẫn",
        "{family} {given}",
        "{family} {given}",
    ),
    "Khmer": (
        "Thạch 12, Sơn 9, Kim 9, Lâm 6, Châu 6, Danh 9, Lý 4, Trần 4, Tăng 3, Kiên 4, Liêu 2, Đào 2, Chau 3, Néang 1",
        "Sa Rươne, Sa Vương, Sô Phia, Minh Tâm, Hoàng Phúc, Rít Thi, Chanh Đa, Ươne, Sà Rone, Phol, Ngọc Thành, Thươl,"
        " Sóc Kha, Y Sóc, Sa Mít, Rộ, Út, Hoàng Anh, Đa Ra",
        "Thị Sà Rinh, Thị Sa Phone, Thị Ngọc Ánh, Thị Sô Phi, Thị Hồng Thắm, Thị Na Rây, Thị Mỹ Duyên, Sóc Phiếp,"
        " Thị Chanh Thu, Thị Út, Thị Ly Na, Thị Rươne, Thị Rây, Thị Kim Sua",
        "{family} {given}",
        "{family} {given}",
    ),
    "Chăm": (
        "Mohamad 4, Châu 6, Đàng 5, Thập 4, Từ 4, Quảng 3, Báo 3, Hán 3, Kiều 3, Trượng 2, Lưu 2, Dương 2, Musa 1, Du 1",
        "Aly, Sa Lếs, Hosen, Năng Hùng, Văn Chay, Đạt, Minh Tuấn, Quang Thọ, Zakaria, Amin, Văn Phú, Ysa, A Mách",
        "Rohimah, Khotijah, Thị Ny, Thị Hoàng, Sarity, Fatimah, Thị Mơ, Thị Bình, Thị Thu Trang, Amina, Asiah",
        "{family} {given}",
        "{family} {given}",
    ),
    "Tày": (_NORTH, _NORTH_MEN, _NORTH_WOMEN, "{family} {given}", "{family} {given}"),
    "Nùng": (_NORTH, _NORTH_MEN, _NORTH_WOMEN, "{family} {given}", "{family} {given}"),
    "Sán Chay": (_NORTH, _NORTH_MEN, _NORTH_WOMEN, "{family} {given}", "{family} {given}"),
    "Mường": ("Bùi 9, Quách 5, Đinh 6, Hà 3, Cao 2", _NORTH_MEN, _NORTH_WOMEN, "{family} {given}", "{family} {given}"),
    "Thổ": ("Lê 4, Trương 4, Bùi 2, Cao 1", _NORTH_MEN, _NORTH_WOMEN, "{family} {given}", "{family} {given}"),
    "Dao": ("Bàn 5, Triệu 5, Đặng 4, Phùng 2, Lý 3, Chảo 2, Tẩn 2", "A Sính, Chòi Pham, Văn Phúc, Phụ Chìu, Tiến Quý,"
            " Sun Khé", "Thị Mụi, Mùi Pham, Thị Mẩy, San Mẩy, Thị Vàng", "{family} {given}", "{family} {given}"),
    "Thái": ("Lò 6, Cà 3, Quàng 3, Lường 3, Vi 4, Hà 2, Lô 3, Tòng 2", "Văn Pâng, Văn Ín, Văn Thoan, Văn Đôi, Văn Xuân",
             "Thị Ín, Thị Pánh, Thị Xuân, Thị Hặc, Thị Đôi", "{family} {given}", "{family} {given}"),
    "Mông": ("Giàng 5, Vàng 4, Sùng 4, Thào 4, Lý 3, Mùa 2, Hờ 1, Cứ 1", "Páo, Dơ, Chứ, Tủa, Lử, Phử, Chông, Sính",
             "Mỷ, Dở, Say, Sua, Chú, Mai, Pàng", "{family} A {given}", "{family} Thị {given}"),
    "Ê Đê": (
        "Niê 9, Êban 6, Mlô 5, Ayun 3, Kbuôr 2, Ksơr 2, Byă 3, Kpă 2, Hđơk 1, Êñuôl 3, Hwing 1, Niê Kdăm 3, Buôn Yă 1",
        "Bhăm, Blô, Ngông, Thim, Wan, Phuôn, Khiêm, Dhăm, Bliêng, Suôn, Thịnh, Mip, Nguôn, Jút, Tlam",
        "Hen, Blăk, Nga, Juel, Yer, Wăn, Lim, Ruê, Mai, Hương, Nhon, Krih, Đuôt, Zuôn",
        "Y {given} {family}",
        "H'{given} {family}",
    ),
    "Gia Rai": (
        "Siu 5, Rơ Mah 4, Rơ Châm 4, Kpă 4, Ksor 5, Nay 4, Rah Lan 3, Puih 2, Rmah 2, Rơ Lan 2",
        "Bin, Phước, Thiu, Blư, Krông, Hyưng, Tuân, Djăn, Wer, Nhan",
        "H'Blin, H'Nhan, H'Mrơ, H'Bia, H'Thoa, H'Lên, H'Uyên, H'Duyn",
        "{family} {given}",
        "{family} {given}",
    ),
    "Mnông": ("Bing 3, Triêk 3, Ông 2, Đắk Cát 2, Liêng 2, Pang Ting 1", "Kră, Thi, Krang, Tơ, Wan, Khen",
              "Mai, Yung, Bưm, Grăng, Hương", "Y {given} {family}", "H'{given} {family}"),
    "Cơ Ho": ("Bơ Nah 1, Cil 3, Kơ Să 3, Liêng Jrang 2, Kra Jăn 2, Lơ Mu 2, Pang Ting 2, Rơ Ông 2",
              "K'Brêm, K'Tiêng, Ha Thương, Ha Jim, K'Bes", "Ka Nhơi, Ka Thoan, Ka Hiền, K'Duyên, Ka Brài",
              "{family} {given}", "{family} {given}"),
    "Ba Na": ("Đinh 8", "Yơn, Hnglưn, Thiêp, Văn Grưt, Bri, Nhum", "Thị Hlơn, Thị Gip, Thị Yer, Thị Brô",
              "{family} {given}", "{family} {given}"),
    "Xơ Đăng": ("A 1", "Thút, Vương, Nhàm, Brol Vẻ, Hiền, Đem, Dũng", "Blung, Vẻ, Hlăng, Thị Nga, Hoa, Bơng",
                "A {given}", "Y {given}"),
    "Xtiêng": ("Điểu 9", "Ong, Glung, K'Ré, Mớt, Krôi, Hon, Linh, Sa Rơi, Bi", "Mai, Pơi, Brêng, Lan, Blơm, Nhôi",
               "{family} {given}", "Thị {given}"),
}  # fmt: skip
