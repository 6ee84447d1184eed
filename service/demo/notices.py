"""The notice of the demo shop: what its customers were shown when they were asked, in two languages."""

from service.demo.customers import ALL_PURPOSES
from service.notices import Draft

ENGLISH, CHINESE = "en", "zh-Hans"

NOTICES: dict[str, Draft] = {
    ENGLISH: Draft(
        purposes=ALL_PURPOSES,
        locale=ENGLISH,
        title="What may we use, and what for?",
        text=(
            "You decide what we use, and what for. Whatever you do not allow, we do not read.\n\n"
            "Suggestions: we show you here what fits you. Reminders: we contact you by the channels that you choose. "
            "Service: we tell you what you need to know about your orders. Learning: we learn from your data to "
            "improve suggestions for everyone. Experience: we use what you say to improve. Assistance: the staff who "
            "serve you see what you allow.\n\n"
            "You can take each permission back at any time, and it holds from the next page on. "
            "Without any you get the same shop, with suggestions that are the same for everyone."
        ),
        recipients=(),
        retention="P400D",
        storage_location="On servers of the shop in Ireland",
        withdrawal_method="https://shop.example/account/permissions",
    ),
    CHINESE: Draft(
        purposes=ALL_PURPOSES,
        locale=CHINESE,
        title="我们可以使用哪些信息，用于什么目的？",
        text=(
            "使用哪些信息、用于什么目的，由您决定。您没有允许的，我们不会读取。\n\n"
            "推荐：在这里为您展示适合您的商品。提醒：通过您选择的渠道联系您。服务：告知您订单的重要信息。"
            "学习：用您的数据改进对所有人的推荐。体验：用您的反馈改进服务。协助：接待您的员工可以看到您允许的内容。\n\n"
            "每一项授权您都可以随时撤回，从下一个页面起生效。"
            "不作任何授权，您仍可照常购物，看到的是对所有人相同的推荐。"
        ),
        recipients=(),
        retention="P400D",
        storage_location="商店位于爱尔兰的服务器",
        withdrawal_method="https://shop.example/account/permissions",
    ),
}
